"""Which client keyhole is at an authorization server: the first way that the specification knows.

Pre-registered, then a client ID metadata document, then one that was registered dynamically and is
kept, then a new registration; and where none of these goes, a person is asked for a client.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from keyhole.errors import LoginFailedError
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Performer, perform
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole_mcp.extensions.keyed import keyed
from keyhole_mcp.flow.discovery import Discovery
from keyhole_mcp.flow.registration import Origin, Registration, beforehand, by_document, register
from keyhole_mcp.kept import kept_client_secret
from keyhole_mcp.server import Server
from keyhole_mcp.session.pointers import pointers_to

__all__ = ["Clients"]

_TIMEOUT = 30.0
_FIELD = "mcp-client"


@frozen
class Clients:
    """The clients of this user.

    Attributes:
        machine: Where they are configured.
        host: What keeps those that were registered dynamically.
    """

    machine: Machine
    host: Host

    def known(self, server: Server, discovery: Discovery) -> Registration | None:
        """The client as far as no server has to be asked; None where one has to be.

        Raises:
            BrokenCredentialError: The configured client's key can't be read.
            LoginFailedError: The configured client belongs to another authorization server.
            OAuthError: The authorization server takes no key.
            StoreError: A store can't be used.
        """
        configured = self._configured(server, discovery)
        if configured:
            return self._keyed(configured, server, discovery)
        found = self._kept(discovery)
        if found and found.origin is Origin.BEFOREHAND:
            # A secret that was given since then replaces the one of that time.
            secret = kept_client_secret(self.machine, self.host, server.url)
            return beforehand(discovery.server, found.client.id, secret or found.client.secret)
        document = by_document(discovery.server, server.exceptions.client_metadata_url)
        return self._keyed(document, server, discovery) if document else found

    def registered(
        self, discovery: Discovery, redirect_uri: str, scope: str, performer: Performer
    ) -> Registration:
        """A client that is registered now, and kept.

        Raises:
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: It registers none.
            StoreError: It can't be kept.
        """
        found = perform(register(discovery.server, redirect_uri, scope), performer)
        self.keep(discovery, found)
        return found

    def keep(self, discovery: Discovery, found: Registration) -> None:
        """Keeps a client, over an older one.

        Raises:
            StoreError: It can't be kept.
        """
        key = _key(discovery.server.issuer, discovery.resource)
        about = f"the client at {discovery.server.issuer}"
        tokens = self.host.tokens(self.machine)
        with tokens.exclusive(key, about=about, timeout=_TIMEOUT) as slot:
            slot.replace(TokenRecord(extra=Extra({_FIELD: _fields(found)})))

    def forget_registered(self, issuer: str, resource: str) -> None:
        """Forgets a client that keyhole registered: the server no longer knows it.

        One that a person named stays: nobody could find it again.

        Raises:
            StoreError: It can't be removed.
        """
        key = _key(issuer, resource)
        with self.host.tokens(self.machine).exclusive(key, timeout=_TIMEOUT) as slot:
            found = None if slot.record is None else _registration(slot.record.extra.get(_FIELD))
            if found is None or found.origin is Origin.DYNAMIC:
                slot.delete()

    def _configured(self, server: Server, discovery: Discovery) -> Registration | None:
        client_id = server.exceptions.client_id or server.oauth.client_id
        if not client_id:
            return None
        self._check_issuer(server, client_id, discovery)
        secret = kept_client_secret(self.machine, self.host, server.url)
        return beforehand(discovery.server, client_id, secret)

    def _keyed(self, found: Registration, server: Server, discovery: Discovery) -> Registration:
        client = keyed(found.client, server, discovery.server, self.machine, self.host.now)
        return evolve(found, client=client)

    def _check_issuer(self, server: Server, client_id: str, discovery: Discovery) -> None:
        """A configured client is good at the server that it was registered with, and nowhere else.

        Whichever account used it there: the client is the same, and so is its secret.

        Raises:
            LoginFailedError: The MCP server has another authorization server now.
        """
        for before in pointers_to(self.machine, server.url):
            if before.client_id == client_id and before.issuer != discovery.server.issuer:
                raise LoginFailedError(
                    f"the client {client_id} was used at {before.issuer}, and the MCP server now "
                    f"names {discovery.server.issuer}",
                    where=server.shown,
                    remedy="if that is right, `keyhole mcp logout SERVER --all`, and register a "
                    "client there",
                )

    def _kept(self, discovery: Discovery) -> Registration | None:
        key = _key(discovery.server.issuer, discovery.resource)
        record = self.host.tokens(self.machine).read(key)
        found = None if record is None else _registration(record.extra.get(_FIELD))
        if found and found.expires_at is not None and found.expires_at <= self.host.now():
            return None
        return found


def _key(issuer: str, resource: str) -> str:
    """One client for each resource: who revokes one server's client ends no other login."""
    named = json.dumps([issuer, resource])
    return f"mcp-client|{sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _fields(found: Registration) -> dict[str, Any]:
    client = found.client
    return {
        "id": client.id,
        "secret": client.secret.reveal() if client.secret else None,
        "method": client.method,
        "origin": found.origin.value,
        "redirect_uri": found.redirect_uri,
        "expires_at": found.expires_at,
    }


def _registration(fields: Any) -> Registration | None:
    """The registration in a record; what can't be read is registered anew."""
    texts = ("id", "method", "origin", "redirect_uri")
    if not isinstance(fields, Mapping) or not all(isinstance(fields.get(n), str) for n in texts):
        return None
    origins = {origin.value: origin for origin in Origin}
    if fields["origin"] not in origins:
        return None
    secret, end = fields.get("secret"), fields.get("expires_at")
    known = Secret(secret) if isinstance(secret, str) else None
    return Registration(
        Client(fields["id"], known, fields["method"]),
        origins[fields["origin"]],
        fields["redirect_uri"],
        end if isinstance(end, int | float) else None,
    )
