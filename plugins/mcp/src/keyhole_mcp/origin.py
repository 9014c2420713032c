"""The origin of a URL: what a credential is bound to (RFC 6454)."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["origin_of"]

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Scheme, host and port, the port only where it is not the scheme's own.

    Args:
        url: A URL.

    Returns:
        "https://mcp.acme.example"; empty where the URL has no origin.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own = port is None or port == _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if own else f":{port}")
