"""Ending a login: at its server, and in the store."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from keyhole.errors import BrokenCredentialError, DamagedError, StoreError
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow, perform
from keyhole.oauth.revocation import revoke_record
from keyhole.record import TokenRecord
from keyhole_mcp.extensions.keyed import keyed_again
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.kept import forget, kept
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import Pointer, forget_pointer

__all__ = ["Ended", "LogOut"]


class Ended(enum.Enum):
    """How a logout ended."""

    NOT = "still kept"
    NOTHING = "nothing was kept"
    HERE = "deleted here"
    THERE = "revoked and deleted"


@frozen
class LogOut:
    """Ends logins.

    Attributes:
        machine: The machine.
        host: What may be done.
    """

    machine: Machine
    host: Host

    def __call__(self, pointer: Pointer) -> Ended:
        """Forgets a login, and then tells its server (RFC 7009).

        Who is told is known before anything is forgotten: what a user can mend costs no
        revocation. Then it is forgotten in any case: a server that is away must not keep anybody
        logged in, and neither must a record that nobody can read.

        Raises:
            BrokenCredentialError: The client's key can't be read, or the server's entry is not
                sound: the login is kept. Or its record is damaged: it is not.
            BusyError: Another renews the token at this moment.
            ConfigError: keyhole's configuration holds something that it must not.
            NetworkError: The server can't be reached; nothing is kept here any more.
            OAuthError: The server refuses; nothing is kept here any more.
            RecordError: What points to the login can't be removed; the login is ended.
            StoreError: The token can't be removed.
        """
        revoke = self._revocation(self._readable(pointer), pointer)
        record = forget(self.machine, self.host, pointer.key)
        try:
            return _told(revoke, record)
        finally:
            forget_pointer(self.machine, self.host, pointer)

    def is_kept(self, pointer: Pointer) -> bool:
        """Whether the login is still in its store, as far as that can be asked."""
        try:
            return kept(self.machine, self.host, pointer.key) is not None
        except StoreError:
            return True

    def _readable(self, pointer: Pointer) -> TokenRecord | None:
        # Of a damaged record nobody can be told: it is forgotten.
        with suppress(DamagedError):
            return kept(self.machine, self.host, pointer.key)
        return None

    def _revocation(
        self, record: TokenRecord | None, pointer: Pointer
    ) -> Callable[[TokenRecord], None] | None:
        """How the login's server is told; None where it can't be."""
        login = self._login(record, pointer) if record else None
        if login is None or not login.revocation_endpoint:
            return None
        server = server_named(self.machine, login.server)
        client = keyed_again(login.client, server, login.issuer, self.machine, self.host.now)
        outbound = outbound_for(server, self.host)
        revoked = partial(_revoked, login.revocation_endpoint, client)
        return lambda record: perform(revoked(record), outbound)

    def _login(self, record: TokenRecord, pointer: Pointer) -> Login:
        try:
            return Login.of(record)
        except (BrokenCredentialError, StoreError):
            forget(self.machine, self.host, pointer.key)
            forget_pointer(self.machine, self.host, pointer)
            raise


def _told(revoke: Callable[[TokenRecord], None] | None, record: TokenRecord | None) -> Ended:
    """How it ended, once the server has been told of what was kept."""
    if record is None or record.access_token is record.refresh_token is None:
        return Ended.NOTHING
    if revoke is None:
        return Ended.HERE
    revoke(record)
    return Ended.THERE


def _revoked(endpoint: str, client: Client, record: TokenRecord) -> Flow[None]:
    """Ends the tokens; a refresh token that is dead already takes no access token along."""
    if record.dead and record.refresh_token:
        yield from revoke_record(endpoint, client, evolve(record, access_token=None))
        record = evolve(record, refresh_token=None)
    yield from revoke_record(endpoint, client, record)
