"""Asking an MCP server whether it takes OAuth tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from keyhole.message import Request, Response

__all__ = ["announces_oauth"]

_TIMEOUT = 5.0
_LIMIT = 64 * 1024
_OK = 200


def announces_oauth(send: Callable[[Request], Response], url: str) -> bool:
    """Whether a server publishes protected-resource metadata (RFC 9728, section 3).

    It is asked at the path of the resource and at the root, without any credential.

    Args:
        send: One exchange.
        url: The server's URL.

    Raises:
        NetworkError: There was no answer.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    well_known = f"{origin}/.well-known/oauth-protected-resource"
    path = parts.path.rstrip("/")
    return any(
        _is_metadata(send(Request(place, timeout=_TIMEOUT, limit=_LIMIT)))
        for place in dict.fromkeys((f"{well_known}{path}", well_known))
    )


def _is_metadata(answer: Response) -> bool:
    if answer.status != _OK:
        return False
    try:
        document = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(document, dict) and bool(document.get("authorization_servers"))
