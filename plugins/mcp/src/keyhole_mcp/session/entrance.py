"""How an account comes to its first token: through a person in a browser, or by a grant without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal
from keyhole.secret import Secret
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.server import Server
from keyhole_mcp.session.granting import Granting
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import Pointer
from keyhole_mcp.session.sign_in import SignIn, Tell

__all__ = ["Entrance", "entrance"]


class Entrance(Protocol):
    """What a session needs of either; see `SignIn` for each."""

    @property
    def machine(self) -> Machine: ...
    @property
    def host(self) -> Host: ...
    @property
    def server(self) -> Server: ...
    @property
    def account(self) -> str: ...

    @property
    def open(self) -> bool:
        """Whether a token can be got now: a person is there, or none is needed."""

    def __call__(
        self,
        challenge: Challenge,
        *,
        scope: str = "",
        refused: Secret | None = None,
        forced: bool = False,
    ) -> TokenRecord:
        """Gets a token after a server has asked for one."""

    def unasked(self) -> TokenRecord:
        """Gets a token before a server has asked, where it is certain that it will.

        Raises:
            NotSignedInError: It is not.
        """

    def moved(self, pointer: Pointer, challenge: Challenge) -> bool:
        """Whether another authorization server is to be asked now."""

    def renewal(self, login: Login) -> Renewal:
        """A login's token, and how the next one is got."""

    def renews(self, record: TokenRecord) -> bool:
        """Whether the next token is got without a person."""


def entrance(
    machine: Machine,
    host: Host,
    server: Server,
    account: str,
    way: Way,
    *,
    look: Callable[[], Machine] | None = None,
    tell: Tell | None = None,
) -> SignIn | Granting:
    """The entrance that is configured for a server.

    Args:
        machine: The machine.
        host: What may be done.
        server: The MCP server.
        account: Which of several accounts.
        way: How a person takes part.
        look: Takes another look at the machine; None goes on with this one.
        tell: Says a sentence to the person; None lets the host do that.
    """
    if server.chosen.grant:
        return Granting(machine, host, server, account, look or (lambda: machine))
    return SignIn(machine, host, server, account, way, tell)
