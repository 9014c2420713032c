"""From an MCP server's URL to the authorization server that issues its tokens."""

from __future__ import annotations

from keyhole.errors import OAuthError
from keyhole.frozen import frozen
from keyhole.oauth.flow import Flow
from keyhole.oauth.metadata import asking, discover, document_in, well_known
from keyhole.oauth.pkce import METHOD
from keyhole.oauth.server import ServerMetadata
from keyhole.redaction import printable, redact
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.resource import elsewhere, protected_resource
from keyhole_mcp.server import Server

__all__ = ["Discovery", "discover_for"]


@frozen
class Discovery:
    """Who issues the tokens of an MCP server.

    Attributes:
        server: The authorization server's metadata, whose issuer has been checked.
        resource: What a token is for: the resource's own identifier, or the server's URL where it
            publishes none.
        scopes_supported: The scopes that the MCP server tells of; None where it tells of none.
        published: Whether the MCP server publishes metadata of its own (RFC 9728).
        bound: Whether it wants tokens that are bound to a key (RFC 9449).
    """

    server: ServerMetadata
    resource: str
    scopes_supported: tuple[str, ...] | None = None
    published: bool = True
    bound: bool = False


def discover_for(server: Server, challenge: Challenge, known: str = "") -> Flow[Discovery]:
    """Finds out who issues the tokens of a server.

    There is no falling back to the MCP server's own origin: a client that does that hands its
    registration, its codes and its refresh tokens to whoever runs the MCP server.

    Args:
        server: The MCP server.
        challenge: What it answered to a request without a token.
        known: The issuer of a login that there is already: it is taken where the server still
            names it; else the first that the server names.

    Raises:
        NetworkError: A server can't be reached, or is of no use now.
        OAuthError: Their metadata are missing ("no_metadata"), can't be trusted, or are of another
            issuer than the one that is configured ("issuer_mismatch").
    """
    chosen = server.chosen.issuer
    found = yield from _discovered(server, challenge, chosen or known)
    if chosen and found.server.issuer not in {chosen, server.exceptions.trusted_issuer}:
        raise OAuthError(
            f"the server names {found.server.issuer}, and the issuer that is configured for it is "
            f"{chosen}: nothing was sent there",
            where=server.shown,
            remedy=f'if that is right, correct `issuer` in [mcp."{server.shown}"]',
            code="issuer_mismatch",
        )
    return found


def _discovered(server: Server, challenge: Challenge, known: str) -> Flow[Discovery]:
    resource = yield from protected_resource(server.url, challenge)
    if resource is None:
        return (yield from _unpublished(server, challenge))
    issuers = resource.authorization_servers
    issuer = known if known in issuers else issuers[0]
    metadata = yield from _metadata(server, issuer)
    bound = resource.bound or challenge.scheme == "dpop"
    return Discovery(metadata, resource.resource, resource.scopes_supported, bound=bound)


def _unpublished(server: Server, challenge: Challenge) -> Flow[Discovery]:
    """A server without metadata of its own: only what a user has configured helps."""
    if server.oauth.metadata_url:
        metadata = yield from _at(server, server.oauth.metadata_url)
    elif server.exceptions.legacy_2025_03_26:
        metadata = yield from _of_its_origin(server.origin)
    else:
        raise _without_metadata(server, elsewhere(server.url, challenge))
    return Discovery(metadata, server.url, published=False)


def _without_metadata(server: Server, named: str) -> OAuthError:
    """Why there is no going on; a server that names a place elsewhere is none that is older."""
    if named:
        return OAuthError(
            "the server names protected-resource metadata on another origin "
            f"({printable(redact(named.partition('?')[0]))[:200]}): that was not asked, and on its "
            "own origin there are none (RFC 9728)",
            where=server.shown,
            remedy="check its URL; ask whoever runs it to publish them on its own origin",
            code="no_metadata",
        )
    return OAuthError(
        "the server publishes no protected-resource metadata (RFC 9728)",
        where=server.shown,
        remedy="check its URL; if it speaks the revision of 2025-03-26, say "
        f'[mcp."{server.shown}"] legacy_2025_03_26 = true',
        code="no_metadata",
    )


def _metadata(server: Server, issuer: str) -> Flow[ServerMetadata]:
    if server.oauth.metadata_url:
        return (yield from _at(server, server.oauth.metadata_url))
    try:
        return (yield from discover(issuer, trusted_issuer=server.exceptions.trusted_issuer))
    except OAuthError as error:
        if error.code != "issuer_mismatch":
            raise
        # FastMCP, for one, writes a slash behind an issuer that has none.
        raise OAuthError(
            error.problem,
            where=error.where,
            remedy="if both name one authorization server, as where only a slash at the end "
            f'differs, say [mcp."{server.shown}"] trusted_issuer = "URL" with the one that the '
            "document names; else don't trust the server",
            code=error.code,
        ) from error


def _at(server: Server, url: str) -> Flow[ServerMetadata]:
    """The metadata at a URL that the entry names (`authServerMetadataUrl`).

    The issuer in them must be one whose metadata belong there, or the one that is trusted.
    """
    document = document_in((yield asking(url)), where=url)
    if document is None:
        raise OAuthError(
            "there are no metadata of an authorization server",
            where=url,
            remedy="correct authServerMetadataUrl of the entry",
            code="no_metadata",
        )
    issuer = document.get("issuer")
    trusted = server.exceptions.trusted_issuer
    if not isinstance(issuer, str) or (issuer != trusted and url not in well_known(issuer)):
        raise OAuthError(
            "the metadata there are of an issuer elsewhere",
            where=url,
            remedy="check authServerMetadataUrl; `trusted_issuer` names an issuer that is trusted",
            code="issuer_mismatch",
        )
    return ServerMetadata.parse(document, where=url)


def _of_its_origin(origin: str) -> Flow[ServerMetadata]:
    """The server's own origin, as the revision of 2025-03-26 had it; its default endpoints last."""
    try:
        return (yield from discover(origin))
    except OAuthError as error:
        if error.code != "no_metadata":
            raise
    return ServerMetadata(
        issuer=origin,
        authorization_endpoint=f"{origin}/authorize",
        token_endpoint=f"{origin}/token",
        registration_endpoint=f"{origin}/register",
        # That revision demands PKCE of every server; one without metadata can't say it.
        code_challenge_methods_supported=(METHOD,),
        where=origin,
    )
