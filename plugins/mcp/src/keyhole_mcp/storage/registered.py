"""The client that an mcp SDK registered for itself: kept whole, as the SDK knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.client import BASIC, NONE, POST, Client
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole_mcp.server import Server

__all__ = ["Registered", "by_the_sdk", "client_of"]

_FIELD = "mcp-sdk-client"
_TIMEOUT = 30.0


@attrs.frozen
class Registered:
    """The SDK's client at one server, for one account.

    It is not the client that keyhole itself registers: that has another redirect URI, with which
    the SDK's own sign-in would end at an error page.

    Attributes:
        machine: The machine.
        host: What keeps it.
        server: The MCP server.
        account: Which of several accounts.
    """

    machine: Machine
    host: Host
    server: Server
    account: str

    def kept(self) -> Mapping[str, Any] | None:
        """The client (RFC 7591, section 3.2.1); None where none is kept, or its secret has ended.

        Raises:
            StoreError: The store can't be used.
        """
        record = self.host.tokens(self.machine).read(self._key)
        fields = record.extra.get(_FIELD) if record else None
        if not isinstance(fields, Mapping) or not isinstance(fields.get("client_id"), str):
            return None
        end = fields.get("client_secret_expires_at")
        ended = isinstance(end, int | float) and 0 < end <= self.host.now()
        return None if ended else fields

    def keep(self, fields: Mapping[str, Any]) -> None:
        """Keeps a client, over an older one.

        Raises:
            StoreError: It can't be kept.
        """
        about = f"the mcp SDK's client for {self.server.shown}"
        tokens = self.host.tokens(self.machine)
        with tokens.exclusive(self._key, about=about, timeout=_TIMEOUT) as slot:
            slot.replace(TokenRecord(extra=Extra({_FIELD: dict(fields)})))

    def forget(self, client_id: str) -> None:
        """Forgets a client that the authorization server no longer accepts.

        One that was registered beforehand stays: nobody but its owner can replace it.

        Raises:
            StoreError: It can't be removed.
        """
        with self.host.tokens(self.machine).exclusive(self._key, timeout=_TIMEOUT) as slot:
            fields = slot.record.extra.get(_FIELD) if slot.record else None
            if not isinstance(fields, Mapping) or not by_the_sdk(fields):
                return
            if fields.get("client_id") == client_id:
                slot.delete()

    @property
    def _key(self) -> str:
        return f"mcp-sdk-client|{Secret(f'{self.account}|{self.server.url}').digest()}"


def by_the_sdk(fields: Mapping[str, Any]) -> bool:
    """Whether the SDK registered the client itself: then it wrote down where."""
    return bool(fields.get("issuer"))


def client_of(fields: Mapping[str, Any] | None) -> Client:
    """The client as keyhole asks with it; it proves who it is as the SDK did."""
    fields = fields or {}
    secret, method = fields.get("client_secret"), fields.get("token_endpoint_auth_method")
    if isinstance(secret, str) and method in (BASIC, POST):
        return Client(fields["client_id"], Secret(secret), method)
    return Client(fields.get("client_id", ""), None, NONE)
