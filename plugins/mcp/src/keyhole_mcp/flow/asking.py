"""Asking an MCP server without a token, to hear its challenge."""

from __future__ import annotations

import json

from keyhole.message import Request
from keyhole.oauth.flow import Flow
from keyhole_mcp.flow.challenge import Challenge, challenge_in

__all__ = ["challenged"]

_UNAUTHORIZED = 401
_PING = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "ping"}).encode()


def challenged(url: str) -> Flow[Challenge | None]:
    """The server's challenge; None where it lets anybody in, or answers something else.

    Raises:
        NetworkError: It can't be reached.
    """
    response = yield Request(
        url,
        "POST",
        {"content-type": "application/json", "accept": "application/json, text/event-stream"},
        _PING,
    )
    return challenge_in(response.headers) if response.status == _UNAUTHORIZED else None
