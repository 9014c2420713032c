"""One account at one MCP server: its credential, held and renewed, and got where there is none."""

from __future__ import annotations

from collections.abc import Callable

from keyhole.credential import Credential
from keyhole.errors import BrokenCredentialError, LoginRequiredError, RejectedError
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
from keyhole_mcp.session.demand import Demand, Demands
from keyhole_mcp.session.entrance import Entrance, entrance
from keyhole_mcp.session.kept import ClientGoneError, kept
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.memory import Memory
from keyhole_mcp.session.pointers import Pointer, pointer_of
from keyhole_mcp.session.sign_in import NotSignedInError

__all__ = ["NotSignedInError", "Session"]


class Session:
    """Safe to share between threads, event loops and forked children.

    No lock is held while a protected request is under way.

    Args:
        name: The server's name or URL.
        url: Its URL; where the name means another one later, nothing goes there.
        look: Takes a look at the machine; again for each renewal.
        host: What may be done.
        account: Which of several accounts; empty for the one that the configuration names.
        way: How a person takes part, for a machine.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        look: Callable[[], Machine],
        host: Host,
        account: str,
        way: Callable[[Machine], Way],
    ) -> None:
        self._name = name
        self._url = url
        self._look = look
        self._host = host
        self._account = account
        self._way = way
        self._demands = Demands()
        self._used: tuple[Credential | None, str] = None, ""
        self._renewals: dict[str, Renewal] = {}
        self.memory = Memory()
        self.holder = Holder(self._load, host.now)

    def has(self, credential: Credential, scope: str) -> bool:
        """Whether the credential in use is this one, and was got with a scope."""
        used, granted = self._used
        return used is credential and covers(granted, scope)

    # What a server's answer asks for

    def challenged(self, challenge: Challenge) -> None:
        """A request without a token was refused."""
        self._demands.add(Demand(challenge))

    def refused(self, credential: Credential, challenge: Challenge, *, again: bool) -> None:
        """A request with a token was refused: 401.

        Args:
            credential: The one that was refused.
            challenge: The server's words.
            again: Whether it was freshly loaded for this request, after another was refused.
        """
        self._demands.add(Demand(challenge, credential, doubted=again))
        self.holder.reject(credential)

    def step_up(self, credential: Credential, challenge: Challenge) -> None:
        """A token may do too little: 403 with `insufficient_scope`."""
        self._demands.add(Demand(challenge, credential, more_scope=True, scope=challenge.scope))
        self.holder.reject(credential)

    # Loading, once for all

    def _load(self, rejected: Credential | None) -> Credential:
        demand = self._demands.taken(rejected)
        try:
            return self._loaded(rejected, demand)
        except BaseException:
            if rejected is not None and demand is not None and demand.more_scope:
                # It still is good for what it was good for.
                self.holder.spare(rejected)
            raise

    def _loaded(self, rejected: Credential | None, demand: Demand | None) -> Credential:
        machine = self._look()
        server = self._server(machine)
        refused = rejected.secret if rejected else None
        record = self._token(machine, server, refused, demand)
        login = Login.of(record)
        entry = self._host.tokens(machine).index.get(login.key)
        skew = entry.skew if entry else 0.0
        loaded = credential_of(record, login, server.url, skew=skew, now=self._host.now)
        self._used = loaded, union(login.requested, record.scope)
        return loaded

    def _server(self, machine: Machine) -> Server:
        """The server as it is configured now.

        Raises:
            BrokenCredentialError: Its name means another server by now.
        """
        server = server_named(machine, self._name)
        if server.url != self._url:
            raise BrokenCredentialError(
                f"{self._name} was another server when this program began: no token of the one "
                "that it is now goes there",
                where=str(server.where),
                remedy="start the program again",
            )
        return server

    def _token(
        self, machine: Machine, server: Server, refused: Secret | None, demand: Demand | None
    ) -> TokenRecord:
        """A token that can be used: kept, renewed, or got by signing in."""
        account, way = self._account or server.exceptions.account, self._way(machine)
        sign_in = entrance(machine, self._host, server, account, way, look=self._look)
        pointer = pointer_of(machine, server.url, sign_in.account)
        record = self._kept(sign_in, pointer, refused, demand) if pointer else None
        if record is None:
            record = self._signed_in(sign_in, pointer, refused, demand)
        return record

    def _kept(
        self, sign_in: Entrance, pointer: Pointer, refused: Secret | None, demand: Demand | None
    ) -> TokenRecord | None:
        """The kept token, renewed where that is needed; None where only a sign-in helps."""
        record = kept(sign_in.machine, self._host, pointer.key)
        if record is None:
            return None
        login = Login.of(record)
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
                Clients(sign_in.machine, self._host).forget_registered(login.issuer, login.resource)
            if not sign_in.open:
                raise
            return None

    def _signed_in(
        self,
        sign_in: Entrance,
        pointer: Pointer | None,
        refused: Secret | None,
        demand: Demand | None,
    ) -> TokenRecord:
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
