"""Which URLs an OAuth client may use at all."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from keyhole.errors import OAuthError

__all__ = ["is_loopback", "secure"]


def secure(url: object, what: str, *, where: str) -> str:
    """A URL that secrets may go to, or that a browser may open.

    https, or http to this machine (RFC 8414, section 2; RFC 8252, section 8.3); no user
    information, no fragment, nothing that a terminal or a header would take for something else.

    Args:
        url: What stands there.
        what: What it is for: "token_endpoint".
        where: Who says it, for the error.

    Raises:
        OAuthError: It is something else; the URL itself is not repeated.
    """
    problem = _problem(url)
    if problem:
        raise OAuthError(
            f"{what} {problem}",
            where=where,
            remedy="ask whoever runs the authorization server",
            code="bad_url",
        )
    return str(url)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine for certain."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(url: object) -> str:
    if not isinstance(url, str) or not _is_plain(url):
        return "is no URL"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return "is no URL"
    if not host or "@" in parts.netloc or parts.fragment or url.endswith("#"):
        return "must have a host, and neither a user's name nor a fragment"
    return "" if _is_protected(parts, host) else "must be an https URL"


def _is_protected(parts: SplitResult, host: str) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')
