"""From the answer of a browser to a token that is kept."""

from __future__ import annotations

from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.flow import perform
from keyhole.oauth.interactive import Redirected
from keyhole.oauth.pending import Pending
from keyhole.record import TokenRecord
from keyhole_mcp.extensions.dpop import bound_by
from keyhole_mcp.extensions.keyed import keyed_again
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.session.kept import keep, kept
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import remember

__all__ = ["Redeeming"]


@frozen
class Redeeming:
    """Exchanges codes for tokens.

    Attributes:
        machine: The machine.
        host: What may be done.
        server: The MCP server.
    """

    machine: Machine
    host: Host
    server: Server

    def __call__(self, login: Login, answer: Redirected) -> TokenRecord:
        """Exchanges the code of an answer, and keeps what it gives.

        Raises:
            NetworkError: The authorization server can't be reached.
            OAuthError: It refuses.
            StoreError: The token can't be kept.
        """
        now, login = self.host.now, evolve(login, sign_in=answer.pending.state.digest())
        client = keyed_again(login.client, self.server, login.issuer, self.machine, now)
        flow = bound_by(login.dpop, lambda: answer.exchange(client, now), now)
        grant = perform(flow, outbound_for(self.server, self.host))
        record = keep(self.machine, self.host, login, grant)
        remember(self.machine, self.host, self.server.url, login)
        return record

    def done_elsewhere(self, login: Login, pending: Pending) -> TokenRecord | None:
        """What another process got for the answer to this authorization, and to no other."""
        record = kept(self.machine, self.host, login.key)
        if record is None or Login.of(record).sign_in != pending.state.digest():
            return None
        remember(self.machine, self.host, self.server.url, login)
        return record
