"""Ending a login: at its server, and in the store."""

from __future__ import annotations

import enum

from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.flow import perform
from keyhole.oauth.revocation import revoke_record
from keyhole_mcp.extensions.keyed import keyed_again
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.kept import forget, kept
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import Pointer, forget_pointer

__all__ = ["Ended", "LogOut"]


class Ended(enum.Enum):
    """How a logout ended."""

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

        It is forgotten in any case: a server that is away must not keep anybody logged in.

        Raises:
            BusyError: Another renews the token at this moment.
            NetworkError: The server can't be reached; nothing is kept here any more.
            OAuthError: The server refuses; nothing is kept here any more.
            StoreError: The token can't be removed.
        """
        record = forget(self.machine, self.host, pointer.key)
        forget_pointer(self.machine, self.host, pointer)
        if record is None:
            return Ended.NOTHING
        login = Login.of(record)
        if record.dead:
            return Ended.THERE
        if not login.revocation_endpoint:
            return Ended.HERE
        server = server_named(self.machine, login.server)
        client = keyed_again(login.client, server, login.issuer, self.machine, self.host.now)
        outbound = outbound_for(server, self.host)
        perform(revoke_record(login.revocation_endpoint, client, record), outbound)
        return Ended.THERE

    def is_kept(self, pointer: Pointer) -> bool:
        """Whether the login is still in its store."""
        return kept(self.machine, self.host, pointer.key) is not None
