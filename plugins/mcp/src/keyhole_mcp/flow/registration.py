"""How keyhole becomes a client of an authorization server (MCP, "Client Registration")."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any

from keyhole.errors import OAuthError
from keyhole.frozen import frozen
from keyhole.message import Request
from keyhole.oauth.client import BASIC, NONE, POST, Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import fields_of, refusal
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.url import secure
from keyhole.secret import Secret

__all__ = ["Origin", "Registration", "beforehand", "by_document", "register"]

_CREATED = (200, 201)  # RFC 7591 says 201; some servers say 200
_TIMEOUT = 15.0
_LIMIT = 256 * 1024
_NAME = "keyhole"


class Origin(enum.Enum):
    """Where a client comes from, in the order in which the specification wants them tried."""

    BEFOREHAND = "pre-registered"
    DOCUMENT = "client ID metadata document"
    DYNAMIC = "dynamic registration"


@frozen
class Registration:
    """A client of one authorization server.

    Attributes:
        client: The client.
        origin: Where it comes from.
        redirect_uri: The redirect URI that it was registered with; empty where any will do.
        expires_at: When its secret ends, in seconds since the epoch; None for never.
    """

    client: Client
    origin: Origin
    redirect_uri: str = ""
    expires_at: float | None = None


def beforehand(server: ServerMetadata, client_id: str, secret: Secret | None) -> Registration:
    """The client that somebody registered and configured."""
    return Registration(Client(client_id, secret, _method(server, secret)), Origin.BEFOREHAND)


def by_document(server: ServerMetadata, url: str) -> Registration | None:
    """The client that a document describes, whose URL is its identifier; None where none counts.

    Args:
        server: The authorization server; it must say that it takes such identifiers.
        url: The document's URL, which a user configured; empty where nobody did.
    """
    if not url or not server.client_id_metadata_document_supported:
        return None
    return Registration(Client(url), Origin.DOCUMENT)


def register(server: ServerMetadata, redirect_uri: str, scope: str) -> Flow[Registration]:
    """Registers a client (RFC 7591, section 3.1).

    Args:
        server: The authorization server.
        redirect_uri: Where the browser will be sent back to.
        scope: What will be asked for, separated by spaces.

    Raises:
        NetworkError: The server can't be reached, or is of no use now.
        OAuthError: It offers no registration ("no_registration"), refuses, or registers something
            else than it was asked for.
    """
    where = server.registration_endpoint
    if not where:
        raise OAuthError(
            "the authorization server registers no clients by itself",
            where=server.issuer,
            remedy="register a client there, and name it: `keyhole mcp auth SERVER --client-id ID`",
            code="no_registration",
        )
    body = json.dumps(_metadata(server, redirect_uri, scope)).encode()
    headers = {"content-type": "application/json", "accept": "application/json"}
    response = yield Request(where, "POST", headers, body, timeout=_TIMEOUT, limit=_LIMIT)
    fields = fields_of(response)
    if response.status not in _CREATED:
        raise refusal(response, fields, where=where)
    return _registered(fields, redirect_uri, where=where)


def _metadata(server: ServerMetadata, redirect_uri: str, scope: str) -> dict[str, Any]:
    """What the client says of itself (RFC 7591, section 2)."""
    described = {
        "client_name": _NAME,
        # OpenID Connect Dynamic Client Registration 1.0, section 2: loopback is for native ones.
        "application_type": "native",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": _offered(server, (NONE, BASIC, POST)),
    }
    return {**described, "scope": scope} if scope else described


def _registered(fields: Mapping[str, Any], redirect_uri: str, *, where: str) -> Registration:
    client_id, secret = fields.get("client_id"), fields.get("client_secret")
    if not isinstance(client_id, str) or not client_id.isascii() or not client_id.isprintable():
        raise _unusable("it names no client_id", where)
    uris = fields.get("redirect_uris", [redirect_uri])
    if not isinstance(uris, list) or redirect_uri not in uris:
        raise _unusable("it registered another redirect URI than it was asked for", where)
    known = Secret(secret) if isinstance(secret, str) and secret else None
    method = fields.get("token_endpoint_auth_method", BASIC if known else NONE)
    if method not in (NONE, BASIC, POST) or (method != NONE and known is None):
        raise _unusable("its client authenticates in a way that keyhole does not know", where)
    end = fields.get("client_secret_expires_at")
    expires_at = float(end) if isinstance(end, int | float) and end > 0 else None
    client = Client(client_id, None if method == NONE else known, method)
    return Registration(client, Origin.DYNAMIC, redirect_uri, expires_at)


def _method(server: ServerMetadata, secret: Secret | None) -> str:
    return NONE if secret is None else _offered(server, (BASIC, POST))


def _offered(server: ServerMetadata, ours: tuple[str, ...]) -> str:
    """The first of our methods that the server offers; without a word of it, our first."""
    offered = server.token_endpoint_auth_methods_supported
    return next((method for method in ours if method in (offered or ours)), ours[0])


def _unusable(problem: str, where: str) -> OAuthError:
    return OAuthError(
        f"the registration can't be used: {problem}",
        where=secure(where, "registration_endpoint", where="the authorization server"),
        remedy="register a client by hand, and name it: `keyhole mcp auth SERVER --client-id ID`",
        code="bad_registration",
    )
