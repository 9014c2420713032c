"""A browser whose person agrees to everything: `BROWSER="python browser.py %s"`."""

from __future__ import annotations

import sys
import urllib.request

if __name__ == "__main__":
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(sys.argv[1], timeout=30) as page:
        page.read()
