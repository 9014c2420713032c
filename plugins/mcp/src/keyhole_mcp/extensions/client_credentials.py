"""A token for the program itself: `io.modelcontextprotocol/oauth-client-credentials`.

The client was registered beforehand, and proves who it is with its key (`private_key_jwt`,
RFC 7523, section 2.2) or its secret. It is `grant_type=client_credentials` (RFC 6749, section 4.4):
the extension's page draws the jwt-bearer grant, its text and the conformance suite mean this one.
"""

from __future__ import annotations

from collections.abc import Callable

from keyhole.errors import OAuthError
from keyhole.oauth.assertion import ClientAssertion
from keyhole.oauth.client import BASIC, POST, PRIVATE_KEY_JWT, Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import Grant
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret

__all__ = ["client_credentials", "confidential"]

_DEFAULT = (BASIC,)
"""What a server takes that does not say (RFC 8414, section 2)."""


def client_credentials(
    server: ServerMetadata,
    client: Client,
    *,
    resource: str,
    scope: str,
    now: Callable[[], float],
) -> Flow[Grant]:
    """A token for the client itself.

    Called after discovery, where a sign-in would open a browser; and again for each next token,
    because this grant brings no refresh token (RFC 6749, section 4.4.3).

    Args:
        server: The authorization server, whose issuer has been checked.
        client: Who asks; see `confidential`.
        resource: What the token is for (RFC 8707); empty sends none.
        scope: What is asked for, separated by spaces; empty leaves that to the server.
        now: The clock, in seconds since the epoch.

    Raises:
        NetworkError: The server can't be reached, or is of no use now.
        OAuthError: It refuses, or the client has nothing to prove itself with.
    """
    extra = {"resource": resource} if resource else {}
    return TokenEndpoint(server.token_endpoint, client, now, extra).client_credentials(scope)


def confidential(
    server: ServerMetadata,
    client_id: str,
    *,
    secret: Secret | None,
    key: SigningKey | None,
    now: Callable[[], float],
) -> Client:
    """The client as it proves itself to a server: with its key where there is one.

    Args:
        server: The authorization server; a key's assertion is for its issuer alone.
        client_id: The client.
        secret: Its secret; None where it has none.
        key: Its key; None where it has none.
        now: The clock, in seconds since the epoch.

    Raises:
        OAuthError: There is neither, or the server takes neither.
    """
    if key is not None:
        _check(server, (PRIVATE_KEY_JWT,), client_id)
        assertion = ClientAssertion(client_id, server.issuer, key, now)
        return Client(client_id, method=PRIVATE_KEY_JWT, assertion=assertion)
    if secret is None:
        raise OAuthError(
            f"the client {client_id} has neither a key nor a secret to prove who it is",
            where=server.issuer,
            remedy="name its key (`private_key`), or keep its secret",
            code="invalid_client",
        )
    return Client(client_id, secret, _check(server, (BASIC, POST), client_id))


def _check(server: ServerMetadata, ours: tuple[str, ...], client_id: str) -> str:
    """The first of our methods that the server takes.

    Raises:
        OAuthError: It says which it takes, and none of them is ours: nothing is sent.
    """
    offered = server.token_endpoint_auth_methods_supported
    # A server that says nothing may well take a key: the list is optional, and often left out.
    found = next((method for method in ours if offered is None or method in offered), "")
    if not found:
        raise OAuthError(
            f"the authorization server does not let the client {client_id} prove itself with "
            f"{' or '.join(ours)}",
            where=server.issuer,
            remedy=f"it takes {', '.join(offered or _DEFAULT) or 'nothing'}: register the client "
            "for one of them",
            code="invalid_client",
        )
    return found
