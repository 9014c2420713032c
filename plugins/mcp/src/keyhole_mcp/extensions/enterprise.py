"""The first leg of `io.modelcontextprotocol/enterprise-managed-authorization`.

A company's identity provider decides which MCP servers an employee may use. It exchanges the
employee's ID token for an identity assertion authorization grant (ID-JAG), a token that is good at
one MCP server's authorization server; the second leg, `jwt_bearer`, redeems it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyhole.errors import InvalidGrantError, KeyholeError, NetworkError
from keyhole.frozen import frozen
from keyhole.message import Response
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import fields_of, refusal
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret

__all__ = ["ID_JAG", "TOKEN_EXCHANGE", "Subject", "id_jag"]

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # a grant's name
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:"  # noqa: S105  # a URN
_OK = 200


@frozen
class Subject:
    """What says who the employee is.

    Attributes:
        token: The token.
        kind: "id_token", "refresh_token" or "saml2" (RFC 8693, section 3).
    """

    token: Secret
    kind: str = "id_token"


def id_jag(
    provider: ServerMetadata,
    client: Client,
    subject: Subject,
    *,
    audience: str,
    resource: str,
    scope: str,
    now: Callable[[], float],
) -> Flow[Secret]:
    """Exchanges what says who the employee is for an ID-JAG (RFC 8693, section 2).

    Called before each `jwt_bearer`: an ID-JAG is good for minutes, and is kept nowhere.

    Args:
        provider: The identity provider.
        client: keyhole as the provider knows it.
        subject: Who the employee is.
        audience: The issuer of the MCP server's authorization server, exactly.
        resource: The MCP server's identifier (RFC 9728).
        scope: What is asked for, separated by spaces; empty leaves that to the provider.
        now: The clock, in seconds since the epoch.

    Raises:
        InvalidGrantError: The provider no longer accepts the subject's token.
        NetworkError: It can't be reached, or its answer is none.
        OAuthError: It refuses: its policy may keep the employee from this server.
    """
    asked = {"resource": resource, "scope": scope}
    endpoint = TokenEndpoint(provider.token_endpoint, client, now)
    response = yield endpoint.request(
        grant_type=TOKEN_EXCHANGE,
        requested_token_type=ID_JAG,
        audience=audience,
        subject_token=subject.token.reveal(),
        subject_token_type=_TOKEN_TYPE + subject.kind,
        **{name: value for name, value in asked.items() if value},
    )
    return _assertion(response, provider.token_endpoint)


def _assertion(response: Response, where: str) -> Secret:
    """The ID-JAG in an answer; its `token_type` is "N_A", so that nobody takes it for a token."""
    fields = fields_of(response)
    if response.status != _OK:
        raise _refused(response, fields, where)
    token = fields.get("access_token")
    if not isinstance(token, str) or not token or fields.get("issued_token_type") != ID_JAG:
        raise NetworkError(
            "the identity provider's answer is no identity assertion (ID-JAG)",
            where=where,
            remedy="ask whoever runs it whether it knows enterprise-managed authorization",
        )
    return Secret(token)


def _refused(response: Response, fields: Mapping[str, Any], where: str) -> KeyholeError:
    error = refusal(response, fields, where=where)
    if isinstance(error, InvalidGrantError):
        remedy = "sign in to the identity provider again"
        return InvalidGrantError(error.problem, where=where, remedy=remedy)
    return error
