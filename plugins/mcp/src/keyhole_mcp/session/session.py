"""One account at one MCP server: its credential, held and renewed, and got where there is none."""

from __future__ import annotations

from collections.abc import Callable

from keyhole.credential import Credential
from keyhole.errors import LoginRequiredError, RejectedError
from keyhole.frozen import frozen
from keyhole.holder import Holder
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal
from keyhole.secret import Secret
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.scopes import covers, union
from keyhole_mcp.server import Server
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.clients import Clients
from keyhole_mcp.session.credential import credential_of
from keyhole_mcp.session.entrance import Entrance, entrance
from keyhole_mcp.session.kept import ClientGoneError, kept
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.memory import Memory
from keyhole_mcp.session.pointers import Pointer, pointer_of
from keyhole_mcp.session.sign_in import NotSignedInError

__all__ = ["NotSignedInError", "Session"]


@frozen
class _Demand:
    """What a server asked for last.

    Attributes:
        challenge: Its words.
        more_scope: Whether the token is good, and may do too little.
        doubted: Whether a fresh token was refused: there may be another authorization server now.
    """

    challenge: Challenge
    more_scope: bool = False
    doubted: bool = False

    @property
    def scope(self) -> str:
        """The scope that a token must have, as far as the server says."""
        return self.challenge.scope if self.more_scope else ""


class Session:
    """Safe to share between threads, event loops and forked children.

    No lock is held while a protected request is under way.

    Args:
        name: The server's name or URL.
        look: Takes a look at the machine; again for each renewal.
        host: What may be done.
        account: Which of several accounts; empty for the one that the configuration names.
        way: How a person takes part, for a machine.
    """

    def __init__(
        self,
        name: str,
        *,
        look: Callable[[], Machine],
        host: Host,
        account: str,
        way: Callable[[Machine], Way],
    ) -> None:
        self._name = name
        self._look = look
        self._host = host
        self._account = account
        self._way = way
        self._demand: _Demand | None = None
        self._renewals: dict[str, Renewal] = {}
        self.memory = Memory()
        self.holder = Holder(self._load, host.now)

    @property
    def anonymous(self) -> bool:
        """Whether nothing is held, and the server has not asked for anything yet."""
        return self.holder.held is None and self._demand is None

    # What a server's answer asks for

    def challenged(self, challenge: Challenge) -> None:
        """A request without a token was refused."""
        self._demand = _Demand(challenge)

    def refused(self, credential: Credential, challenge: Challenge, *, again: bool) -> None:
        """A request with a token was refused: 401.

        Args:
            credential: The one that was refused.
            challenge: The server's words.
            again: Whether it was freshly loaded for this request, after another was refused.
        """
        self._demand = _Demand(challenge, doubted=again)
        self.holder.reject(credential)

    def step_up(self, credential: Credential, challenge: Challenge) -> None:
        """A token may do too little: 403 with `insufficient_scope`."""
        self._demand = _Demand(challenge, more_scope=True)
        self.holder.reject(credential)

    # Loading, once for all

    def _load(self, rejected: Credential | None) -> Credential:
        machine = self._look()
        server = server_named(machine, self._name)
        record = self._token(machine, server, rejected.secret if rejected else None)
        login = Login.of(record)
        entry = self._host.tokens(machine).index.get(login.key)
        skew = entry.skew if entry else 0.0
        return credential_of(record, login, server.url, skew=skew, now=self._host.now)

    def _token(self, machine: Machine, server: Server, refused: Secret | None) -> TokenRecord:
        """A token that can be used: kept, renewed, or got by signing in."""
        account, way = self._account or server.exceptions.account, self._way(machine)
        sign_in = entrance(machine, self._host, server, account, way, look=self._look)
        pointer = pointer_of(machine, server.url, sign_in.account)
        record = self._kept(sign_in, pointer, refused) if pointer else None
        if record is None:
            record = self._signed_in(sign_in, pointer, refused)
        return record

    def _kept(
        self, sign_in: Entrance, pointer: Pointer, refused: Secret | None
    ) -> TokenRecord | None:
        """The kept token, renewed where that is needed; None where only a sign-in helps."""
        record = kept(sign_in.machine, self._host, pointer.key)
        if record is None:
            return None
        login, demand = Login.of(record), self._demand
        if demand and demand.doubted:
            return None
        if demand and demand.more_scope:
            has = covers(union(login.requested, record.scope), demand.scope)
            return record if has and record.access_token != refused else None
        return self._current(sign_in, login, refused)

    def _current(
        self, sign_in: Entrance, login: Login, refused: Secret | None
    ) -> TokenRecord | None:
        try:
            return self._renewal(sign_in, login).current(refused)
        except LoginRequiredError as error:
            if isinstance(error, ClientGoneError):
                Clients(sign_in.machine, self._host).forget(login.issuer, login.resource)
            if self._demand is None or not sign_in.open:
                raise
            return None

    def _signed_in(
        self, sign_in: Entrance, pointer: Pointer | None, refused: Secret | None
    ) -> TokenRecord:
        demand = self._demand
        if demand is None:
            return sign_in.unasked()
        if demand.doubted and pointer and not sign_in.moved(pointer, demand.challenge):
            raise RejectedError(
                "the server refused a token, and then a fresh one of the same login",
                where=sign_in.server.shown,
                remedy=f"`keyhole mcp explain {sign_in.server.name}` says how it was got; "
                f"`keyhole mcp auth {sign_in.server.name}` signs in again",
            )
        # Where it is for more scope, what was asked for before is asked for again (SEP-2350).
        before = kept(sign_in.machine, self._host, pointer.key) if pointer else None
        requested = Login.of(before).requested if before and demand.more_scope else ""
        return sign_in(demand.challenge, scope=union(requested, demand.scope), refused=refused)

    def _renewal(self, sign_in: Entrance, login: Login) -> Renewal:
        """One for each login: it remembers a token that no store took."""
        if login.key not in self._renewals:
            self._renewals[login.key] = sign_in.renewal(login)
        return self._renewals[login.key]
