"""The keys of the table `[login]` in keyhole's configuration."""

from __future__ import annotations

from urllib.parse import urlsplit

from keyhole import Option
from keyhole.endpoint import problem_of

__all__ = [
    "AUTHORIZATION_ENDPOINT",
    "BASE_URL",
    "CLIENT_ID",
    "DEVICE_ENDPOINT",
    "HOSTNAME",
    "ISSUER",
    "OPTIONS",
    "PORT",
    "RESOURCE",
    "REVOCATION_ENDPOINT",
    "SCOPES",
    "TOKEN_ENDPOINT",
]


def _url(value: object) -> str | None:
    return value if isinstance(value, str) and not problem_of(value) else None


def _resource(value: object) -> str | None:
    """A resource may have a query (RFC 8707, section 2)."""
    return value if _url(value.partition("?")[0] if isinstance(value, str) else value) else None  # type: ignore[return-value]  # only a text has a first part


def _endpoint(value: object) -> str | None:
    """The same (RFC 6749, section 3.1); and secrets go there, so that it is https."""
    url = _resource(value)
    if url is None:
        return None
    # Only who configures one pays for it.
    from keyhole.oauth.url import is_loopback

    parts = urlsplit(url)
    local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    return url if parts.scheme == "https" or local else None


def _text(value: object) -> str | None:
    fits = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    return value if isinstance(value, str) and value and fits else None


def _scopes(value: object) -> str | None:
    """Scopes as a request has them (RFC 6749, section 3.3)."""
    if not isinstance(value, list) or not all(_text(one) for one in value):
        return None
    return " ".join(value)


def _port(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**16
    return value if isinstance(value, int) and fits else None


def _loopback(value: object) -> str | None:
    return value if isinstance(value, str) and value in ("127.0.0.1", "localhost") else None


_URL = "an http or https URL without a user, a query or a fragment"
_RESOURCE = "an http or https URL"
_ENDPOINT = "an https URL, or http on this machine"

ISSUER = Option("login.issuer", _URL, _url, "")
"""The authorization server; its metadata names the endpoints (RFC 8414, OpenID Connect)."""

CLIENT_ID = Option("login.client_id", "printable ASCII without blanks", _text, "")
"""The public client that is registered there for keyhole."""

SCOPES = Option("login.scopes", "a list of texts without blanks", _scopes, "")
"""What is asked for; often "offline_access" is what brings a refresh token."""

BASE_URL = Option("login.base_url", _URL, _url, "")
"""Where the token is sent; else ANTHROPIC_BASE_URL says it."""

RESOURCE = Option("login.resource", _RESOURCE, _resource, "")
"""What the token is to be good for (RFC 8707)."""

AUTHORIZATION_ENDPOINT = Option("login.authorization_endpoint", _ENDPOINT, _endpoint, "")
"""Instead of what the issuer's metadata says, together with the token endpoint."""

TOKEN_ENDPOINT = Option("login.token_endpoint", _ENDPOINT, _endpoint, "")
"""Instead of what the issuer's metadata says."""

REVOCATION_ENDPOINT = Option("login.revocation_endpoint", _ENDPOINT, _endpoint, "")
"""Instead of what the issuer's metadata says."""

DEVICE_ENDPOINT = Option("login.device_authorization_endpoint", _ENDPOINT, _endpoint, "")
"""Instead of what the issuer's metadata says."""

PORT = Option("login.port", "a port, or 0 for any", _port, 0)
"""The port of the redirect, for a server that admits only a fixed one."""

HOSTNAME = Option("login.hostname", '"127.0.0.1" or "localhost"', _loopback, "127.0.0.1")
"""The host of the redirect, as it is registered."""

OPTIONS = (
    ISSUER,
    CLIENT_ID,
    SCOPES,
    BASE_URL,
    RESOURCE,
    AUTHORIZATION_ENDPOINT,
    TOKEN_ENDPOINT,
    REVOCATION_ENDPOINT,
    DEVICE_ENDPOINT,
    PORT,
    HOSTNAME,
)
"""All of them."""
