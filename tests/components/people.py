"""Who sits at a browser: what BROWSER is set to, or where one is led to by hand."""

from __future__ import annotations

import shlex
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["AGREES", "NOBODY", "PEERS", "RUN", "ended_at"]

PEERS = Path(__file__).parents[2] / "plugins" / "mcp" / "tests" / "peers"
AGREES = {"BROWSER": shlex.join([sys.executable, str(PEERS / "browser.py"), "%s"])}
"""Somebody who agrees to everything."""
NOBODY = {"BROWSER": "false %s"}
"""A browser that does not open."""
RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
"""`keyhole` as an argument of `python -c`."""


def ended_at(url: str) -> str:
    """Where a browser whose person agrees is sent at last: the callback is not visited."""

    class Stops(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments: Any) -> Any:
            if "/callback?" in arguments[-1]:
                arrived.append(arguments[-1])
                return None
            return super().redirect_request(*arguments)

    arrived: list[str] = []
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), Stops)
    with suppress(urllib.error.HTTPError):
        opener.open(url, timeout=60).close()
    return arrived[0]
