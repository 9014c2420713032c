"""Calls a tool once: `keyhole_caller.py URL [SECONDS [interactive]]`; prints the status.

SECONDS is how much later it is for this process than for the machine.
"""

from __future__ import annotations

import sys
from typing import Any

import httpx2

import keyhole_mcp
from keyhole.host import RealHost

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami"}}
HEADERS = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-06-18",
}


class Later:
    """This machine, some time later."""

    def __init__(self, seconds: float) -> None:
        self._host = RealHost()
        self._seconds = seconds

    def now(self) -> float:
        """The clock."""
        return self._host.now() + self._seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)


if __name__ == "__main__":
    url, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    asks = sys.argv[3:] == ["interactive"]
    auth = keyhole_mcp.auth(url, host=Later(seconds), interactive=asks)
    with httpx2.Client(auth=auth, timeout=60) as client:
        answer = client.post(url, json=CALL, headers=HEADERS)
    sys.stdout.write(str(answer.status_code))
