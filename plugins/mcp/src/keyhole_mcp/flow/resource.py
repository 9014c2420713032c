"""What an MCP server says about itself as a protected resource (RFC 9728)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from keyhole.errors import OAuthError
from keyhole.frozen import frozen
from keyhole.oauth.flow import Flow
from keyhole.oauth.metadata import asking, document_in
from keyhole.oauth.url import secure
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.origin import origin_of

__all__ = ["ProtectedResource", "elsewhere", "places", "protected_resource"]

_WELL_KNOWN = "/.well-known/oauth-protected-resource"


@frozen
class ProtectedResource:
    """A server's metadata (RFC 9728, section 2).

    Attributes:
        resource: Its identifier, exactly as it says it.
        authorization_servers: The issuers of its tokens, in its order.
        scopes_supported: The scopes that it tells of; None where it tells of none.
        bound: Whether it takes only tokens that are bound to a key (RFC 9449).
        where: The URL that they were read from.
    """

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...] | None
    bound: bool
    where: str


def places(url: str, challenge: Challenge) -> Iterator[str]:
    """Where the metadata may be, in the order in which they are asked for.

    The place that the challenge names, as long as it is on the server's own origin: any other is
    one that the server may not speak for, and could be inside somebody's network. Then the
    well-known place for the server's path, and the one for its origin (RFC 9728, section 3.1).

    Args:
        url: The server's URL.
        challenge: What it answered to a request without a token.
    """
    parts, origin = urlsplit(url), origin_of(url)
    named = challenge.resource_metadata
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    known = [f"{origin}{_WELL_KNOWN}{path}{query}", f"{origin}{_WELL_KNOWN}"]
    own = [named] if named and origin_of(named) == origin else []
    yield from dict.fromkeys([*own, *known])


def elsewhere(url: str, challenge: Challenge) -> str:
    """The place that a challenge names and that is not asked, on another origin; empty for none."""
    named = challenge.resource_metadata
    return named if origin_of(named) not in {"", origin_of(url)} else ""


def protected_resource(url: str, challenge: Challenge) -> Flow[ProtectedResource | None]:
    """Asks a server for its metadata; None where it has none.

    Raises:
        NetworkError: It can't be reached, or is of no use now.
        OAuthError: They are of another resource ("resource_mismatch"), or can't be used.
    """
    for place in places(url, challenge):
        document = document_in((yield asking(place)), where=place)
        if document is not None:
            return _parsed(document, url, where=place)
    return None


def _parsed(document: Mapping[str, Any], url: str, *, where: str) -> ProtectedResource:
    resource = secure(document.get("resource"), "resource", where=where)
    if not _covers(resource, url):
        raise OAuthError(
            "the metadata there are of another resource than the server that was asked",
            where=where,
            remedy="check the server's URL; or don't trust it",
            code="resource_mismatch",
        )
    issuers = _texts(document.get("authorization_servers"))
    if not issuers:
        raise OAuthError(
            "the server names no authorization server",
            where=where,
            remedy="ask whoever runs the server; `legacy_2025_03_26` is for those that are older",
            code="bad_metadata",
        )
    return ProtectedResource(
        resource,
        issuers,
        _texts(document.get("scopes_supported")),
        document.get("dpop_bound_access_tokens_required") is True,
        where,
    )


def _covers(resource: str, url: str) -> bool:
    """Whether a URL is the resource, or below it: many servers are one for their whole origin."""
    if origin_of(resource) != origin_of(url):
        return False
    own, asked = urlsplit(resource), urlsplit(url)
    path = own.path.rstrip("/")
    below = asked.path.rstrip("/") == path or asked.path.startswith(f"{path}/")
    return below and own.query in ("", asked.query)


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(text for text in value if isinstance(text, str) and text)
