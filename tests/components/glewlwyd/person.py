"""A browser whose person signs in at glewlwyd and agrees: `person.py NAME PASSWORD URL`.

It asks the login API for what the scripts of glewlwyd's own page ask it for.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_TIMEOUT = 60


def main(name: str, password: str, url: str) -> None:
    """Follows an authorization request to its end."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    parts = urlsplit(url)
    api, asked = f"{parts.scheme}://{parts.netloc}/api", dict(parse_qsl(parts.query))

    def told(method: str, path: str, fields: dict[str, Any]) -> None:
        headers = {"content-type": "application/json"}
        body = json.dumps(fields).encode()
        request = urllib.request.Request(f"{api}/{path}", body, headers, method=method)  # noqa: S310  # loopback
        opener.open(request, timeout=_TIMEOUT).close()

    told("POST", "auth/", {"username": name, "password": password})
    told("PUT", f"auth/grant/{asked['client_id']}", {"scope": asked["scope"]})
    # What its page appends when the person is done.
    opener.open(f"{url}&g_continue", timeout=_TIMEOUT).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
