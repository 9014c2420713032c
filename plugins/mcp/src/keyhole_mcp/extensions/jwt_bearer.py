"""A token for an assertion that somebody else signed (RFC 7523, section 2.1)."""

from __future__ import annotations

from collections.abc import Callable

from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import Grant
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret

__all__ = ["JWT_BEARER", "jwt_bearer"]

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def jwt_bearer(
    server: ServerMetadata,
    client: Client,
    assertion: Secret,
    *,
    resource: str,
    scope: str,
    now: Callable[[], float],
) -> Flow[Grant]:
    """One request with an assertion; after a refusal there is no second one, and no other grant.

    Called after discovery, with an assertion that was got for this request: the second leg of
    enterprise-managed authorization, and the only one of workload identity federation.

    Args:
        server: The MCP server's authorization server, whose issuer has been checked.
        client: Who asks; one without a name where the assertion says it (RFC 7521, section 4.1).
        assertion: The token that somebody else signed; it goes into the body, and into no URL.
        resource: What the token is for (RFC 8707); empty sends none.
        scope: What is asked for, separated by spaces; empty leaves that to the server.
        now: The clock, in seconds since the epoch.

    Raises:
        InvalidGrantError: The server does not accept the assertion.
        NetworkError: It can't be reached, or is of no use now.
        OAuthError: It refuses for another reason.
    """
    extra = {"resource": resource} if resource else {}
    asked = {"scope": scope} if scope else {}
    endpoint = TokenEndpoint(server.token_endpoint, client, now, extra)
    return endpoint.ask(grant_type=JWT_BEARER, assertion=assertion.reveal(), **asked)
