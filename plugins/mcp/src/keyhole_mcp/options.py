"""The keys of the tables `[mcp."NAME or URL"]` in keyhole's configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from keyhole import Option

__all__ = ["OPTIONS", "issuer", "port", "text", "truth"]

_LAST_PORT = 65535


def truth(value: object) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def text(value: object) -> str | None:
    """Printable ASCII without blanks."""
    plain = isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()
    return value if plain and isinstance(value, str) and " " not in value else None


def _url(value: object) -> str | None:
    url = text(value)
    parts = urlsplit(url) if url else None
    return url if parts and parts.scheme == "https" and parts.hostname else None


def issuer(value: object) -> str | None:
    """An http or https URL."""
    url = text(value)
    parts = urlsplit(url) if url else None
    return url if parts and parts.scheme in ("http", "https") and parts.hostname else None


def port(value: object) -> int | None:
    """A number from 1 to 65535."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _LAST_PORT else None


def _scopes(value: object) -> str | None:
    if not isinstance(value, list) or not all(text(scope) for scope in value):
        return None
    return " ".join(value)


def _option(name: str, expected: str, convert: Callable[[object], Any], default: Any) -> Option:
    return Option(f"mcp.*.{name}", expected, convert, default)


_BOOL = "true or false"
_NAME = "printable ASCII without blanks"

OPTIONS = (
    _option("assume_s256", _BOOL, truth, default=False),
    _option("trusted_issuer", "the URL that the server's metadata names itself by", issuer, ""),
    _option("omit_resource", _BOOL, truth, default=False),
    _option("legacy_2025_03_26", _BOOL, truth, default=False),
    _option("private_network", _BOOL, truth, default=False),
    _option("client_id", _NAME, text, ""),
    _option("client_metadata_url", "an https URL", _url, ""),
    _option("callback_port", "a port", port, None),
    _option("scopes", "a list of texts without blanks", _scopes, ""),
    _option("account", _NAME, text, ""),
)
"""Each key has the name of the attribute of `Exceptions` that it fills."""
