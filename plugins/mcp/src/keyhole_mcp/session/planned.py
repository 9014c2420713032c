"""The login that a sign-in will give, as far as it is known beforehand."""

from __future__ import annotations

from keyhole_mcp.extensions.dpop import new_key
from keyhole_mcp.flow.discovery import Discovery
from keyhole_mcp.flow.registration import Registration
from keyhole_mcp.server import Server
from keyhole_mcp.session.login import Login

__all__ = ["indicator", "planned"]


def planned(
    server: Server,
    discovery: Discovery,
    client: Registration,
    account: str,
    wanted: str,
    *,
    binds: bool = False,
) -> Login:
    """The login of a client at the authorization server that was discovered.

    Args:
        server: The MCP server.
        discovery: Who issues its tokens.
        client: For whom.
        account: Which of several accounts.
        wanted: The scope, separated by spaces.
        binds: Whether its tokens get a key now, where the server or the user wants one.
    """
    bound = binds and (discovery.bound or server.chosen.dpop)
    return Login(
        issuer=discovery.server.issuer,
        client=client.client,
        resource=discovery.resource,
        account=account,
        token_endpoint=discovery.server.token_endpoint,
        revocation_endpoint=discovery.server.revocation_endpoint,
        indicator=indicator(server, discovery),
        requested=wanted,
        server=server.url,
        dpop=new_key(discovery.server) if bound else None,
    )


def indicator(server: Server, discovery: Discovery) -> str:
    """The `resource` of requests (RFC 8707), which the exception leaves out."""
    omitted = server.exceptions.omit_resource or not discovery.published
    return "" if omitted else discovery.resource
