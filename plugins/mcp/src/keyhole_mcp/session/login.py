"""What must be kept with a token so that it can be renewed and ended after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import attrs

from keyhole.errors import StoreError
from keyhole.frozen import evolve, frozen
from keyhole.oauth.client import Client
from keyhole.oauth.signing import SigningKey
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret

__all__ = ["Login"]

_FIELD = "mcp"


@frozen
class Login:
    """One account's login at one authorization server, for one resource.

    Attributes:
        issuer: The authorization server; its metadata were validated.
        client: The client that the tokens were issued to, with what proves it.
        resource: What they are for.
        account: Which of several accounts; empty for the only one.
        token_endpoint: Where they are renewed.
        revocation_endpoint: Where they are given back; empty where they can't be.
        indicator: The `resource` of requests (RFC 8707); empty where none is sent.
        requested: The scope that was asked for, separated by spaces.
        server: The MCP server's URL, as it was when somebody signed in.
        dpop: The key that its tokens are bound to (RFC 9449); None where they are bound to none.
        sign_in: The fingerprint of the authorization that it came of; empty where it had none. It
            stays when the token is renewed, and changes when somebody signs in again.
    """

    issuer: str
    client: Client
    resource: str
    account: str
    token_endpoint: str
    revocation_endpoint: str
    indicator: str
    requested: str
    server: str
    dpop: SigningKey | None = None
    sign_in: str = ""

    @property
    def key(self) -> str:
        """The key in the store: what is bound to one issuer can never be used at another."""
        return key_of(self.issuer, self.client.id, self.resource, self.account)

    def onto(self, record: TokenRecord) -> TokenRecord:
        """The record with all of this beside the token; what else it holds stays."""
        fields = {name: getattr(self, name) for name in _TEXTS}
        secret = self.client.secret.reveal() if self.client.secret else None
        client = {"id": self.client.id, "secret": secret, "method": self.client.method}
        bound = {"dpop": self.dpop.private().reveal()} if self.dpop else {}
        extra = {**record.extra, _FIELD: {**fields, "client": client, **bound}}
        return evolve(record, extra=Extra(extra))

    @classmethod
    def of(cls, record: TokenRecord) -> Login:
        """What stands beside a token.

        Raises:
            StoreError: Nothing that is whole; nothing of it shows.
        """
        fields = record.extra.get(_FIELD)
        client = fields.get("client") if isinstance(fields, Mapping) else None
        if (
            not isinstance(fields, Mapping)
            or not isinstance(client, Mapping)
            or not all(isinstance(fields.get(name), str) for name in _TEXTS)
            or not all(isinstance(client.get(name), str) for name in ("id", "method"))
        ):
            raise StoreError(
                "what is kept here is no login at an MCP server",
                remedy="sign in again: `keyhole mcp auth SERVER`",
            )
        texts = {name: fields[name] for name in _TEXTS}
        return cls(client=_client(client), dpop=_key(fields.get("dpop")), **texts)


_TEXTS = tuple(field.name for field in attrs.fields(Login) if field.name not in {"client", "dpop"})


def key_of(issuer: str, client_id: str, resource: str, account: str) -> str:
    """The key for tokens of an issuer, for a client, a resource and an account."""
    named = json.dumps([issuer, client_id, resource, account])
    return f"mcp|{sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _client(fields: Mapping[str, Any]) -> Client:
    secret = fields.get("secret")
    return Client(
        fields["id"], Secret(secret) if isinstance(secret, str) else None, fields["method"]
    )


def _key(text: object) -> SigningKey | None:
    """The key in a record.

    Raises:
        BrokenCredentialError: It can't be read.
    """
    if not isinstance(text, str):
        return None
    return SigningKey.parse(Secret(text), where="the kept login's key")
