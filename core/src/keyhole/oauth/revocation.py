"""Giving a token back (RFC 7009)."""

from __future__ import annotations

from urllib.parse import urlencode

from keyhole.errors import OAuthError
from keyhole.message import Request
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import fields_of, refusal
from keyhole.oauth.token import LIMIT, TIMEOUT
from keyhole.oauth.url import secure
from keyhole.record import TokenRecord
from keyhole.secret import Secret

__all__ = ["revoke", "revoke_record"]

_OK = 200


def revoke(url: str, client: Client, token: Secret, *, hint: str = "refresh_token") -> Flow[None]:
    """Asks the server to revoke a token; a refresh token takes its access tokens along.

    A token that the server does not know (any more) counts as revoked (section 2.2).

    Args:
        url: The revocation endpoint.
        client: Who got the token.
        token: The token.
        hint: What it is: "refresh_token" or "access_token" (section 2.1).

    Raises:
        NetworkError: The server can't be reached, or is of no use now: it may be valid still.
        OAuthError: The server refuses ("unsupported_token_type").
    """
    asked = {"token": token.reveal(), "token_type_hint": hint, **client.fields()}
    response = yield Request(
        secure(url, "revocation_endpoint", where="the authorization server's metadata"),
        "POST",
        {"content-type": "application/x-www-form-urlencoded", **client.headers()},
        urlencode(asked).encode(),
        timeout=TIMEOUT,
        limit=LIMIT,
    )
    if response.status != _OK:
        raise refusal(response, fields_of(response), where=url)


def revoke_record(url: str, client: Client, record: TokenRecord) -> Flow[None]:
    """Asks the server to revoke both tokens of a record, the refresh token first.

    With that one a server also ends what came of it (section 2.1). Many servers can't revoke an
    access token that they don't keep themselves ("unsupported_token_type"): it ends in its time.

    Raises:
        NetworkError: The server can't be reached, or is of no use now.
        OAuthError: The server refuses.
    """
    if record.refresh_token is not None:
        yield from revoke(url, client, record.refresh_token)
    if record.access_token is None:
        return
    try:
        yield from revoke(url, client, record.access_token, hint="access_token")
    except OAuthError as error:
        if record.refresh_token is None or error.code != "unsupported_token_type":
            raise
