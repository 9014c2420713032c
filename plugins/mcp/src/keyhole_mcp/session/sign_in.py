"""Signing in: discovery, a client, a person in a browser, a token that is kept."""

from __future__ import annotations

from keyhole.errors import InteractionRequiredError, LoginRequiredError
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.flow import perform
from keyhole.oauth.interactive import Redirected, Tell
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal
from keyhole.secret import Secret
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.discovery import Discovery, discover_for
from keyhole_mcp.flow.registration import Registration
from keyhole_mcp.flow.scopes import covers, initial, union
from keyhole_mcp.outbound import Outbound, outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.session.asking import Asking
from keyhole_mcp.session.clients import Clients
from keyhole_mcp.session.handoff import HandOff
from keyhole_mcp.session.kept import kept, renewal
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.planned import planned
from keyhole_mcp.session.pointers import Pointer, known_issuer, remember
from keyhole_mcp.session.redeeming import Redeeming

__all__ = ["NotSignedInError", "SignIn", "Tell"]


class NotSignedInError(LoginRequiredError):
    """No login is kept for the server, and nothing says yet that it wants one."""


@frozen
class SignIn:
    """Gets the first token of an account, or one with more scope.

    Attributes:
        machine: The machine.
        host: What may be done.
        server: The MCP server.
        account: Which of several accounts.
        way: How a person takes part.
        tell: Says a sentence to the person; None lets the host do that.
    """

    machine: Machine
    host: Host
    server: Server
    account: str
    way: Way
    tell: Tell | None = None

    def __call__(
        self,
        challenge: Challenge,
        *,
        scope: str = "",
        refused: Secret | None = None,
        forced: bool = False,
    ) -> TokenRecord:
        """Signs in, unless somebody else has done it already.

        Args:
            challenge: What the server answered.
            scope: What is wanted in any case, separated by spaces.
            refused: A token that the server has refused: it is not taken for a login.
            forced: Asks the person even where there is a login.

        Raises:
            InteractionRequiredError: A person is needed, and nobody is there.
            LoginFailedError: It was begun and not finished.
            NetworkError: A server can't be reached.
            OAuthError: A server refuses, or can't be trusted.
            OutboundError: A server names a URL that it must not.
            StoreError: A store can't be used.
        """
        discovery = self.discovered(challenge, self._outbound())
        wanted = union(scope, initial(self.server.scopes, challenge, discovery))
        clients = Clients(self.machine, self.host)
        client = clients.known(self.server, discovery)
        if not forced and (found := self._adopted(discovery, client, wanted, refused)):
            return found
        if not self.way.present:
            raise self._nobody_there()
        hand_off = HandOff(self.machine, self.host, self.server.url, self.account)
        with hand_off.turn(self.server.shown, seconds=self.way.seconds) as turn:
            client = clients.known(self.server, discovery)
            if not forced and (found := self._adopted(discovery, client, wanted, refused)):
                return found
            # What others took to sign in is no part of this one's own budget.
            return self._asking(discovery, self._outbound())(turn, client, wanted)

    @property
    def open(self) -> bool:
        """Whether a person is there."""
        return self.way.present

    def unasked(self) -> TokenRecord:
        """Nobody is sent to a browser before the server has asked for that.

        Raises:
            NotSignedInError: Always.
        """
        raise NotSignedInError(
            "no login is kept for this server",
            where=self.server.shown,
            remedy=f"`keyhole mcp auth {self.server.name}`",
        )

    def renewal(self, login: Login) -> Renewal:
        """A login's token, renewed with its refresh token."""
        return renewal(self.machine, self.host, self.server, login)

    def renews(self, record: TokenRecord) -> bool:
        """Whether the next token is got without a person."""
        return record.refresh_token is not None

    def discovered(self, challenge: Challenge, outbound: Outbound) -> Discovery:
        """Who issues the server's tokens.

        Raises:
            NetworkError: A server can't be reached.
            OAuthError: The metadata can't be trusted.
        """
        known = known_issuer(self.machine, self.server.url, self.account)
        return perform(discover_for(self.server, challenge, known), outbound)

    def moved(self, pointer: Pointer, challenge: Challenge) -> bool:
        """Whether the server names another authorization server than the login's.

        Raises:
            NetworkError: A server can't be reached.
            OAuthError: The metadata can't be trusted.
        """
        found = perform(discover_for(self.server, challenge, pointer.issuer), self._outbound())
        return found.server.issuer != pointer.issuer

    def redeem(self, answer: str) -> TokenRecord:
        """Ends a sign-in that any process began, with the address at which the browser ended.

        Raises:
            LoginFailedError: None waits, or it came too late.
            OAuthError: The answer is not one to it.
            StoreError: A store can't be used.
        """
        pending, login = HandOff(self.machine, self.host, self.server.url, self.account).pending()
        code = pending.redeem(answer, now=self.host.now())
        redeeming = Redeeming(self.machine, self.host, self.server)
        return redeeming(login, Redirected(code, pending))

    # A login that is there already

    def _adopted(
        self,
        discovery: Discovery,
        client: Registration | None,
        wanted: str,
        refused: Secret | None,
    ) -> TokenRecord | None:
        """A login of this account that another process or machine has made."""
        if client is None:
            return None
        login = planned(self.server, discovery, client, self.account, wanted)
        record = kept(self.machine, self.host, login.key)
        if record is None or record.dead or record.access_token is None:
            return None
        if record.access_token == refused:
            return None
        if not covers(union(record.scope, Login.of(record).requested), wanted):
            return None
        remember(self.machine, self.host, self.server.url, Login.of(record))
        return record

    # What it is made of

    def _asking(self, discovery: Discovery, outbound: Outbound) -> Asking:
        return Asking(
            self.machine,
            self.host,
            self.server,
            self.account,
            self.way,
            self.tell,
            discovery,
            outbound,
        )

    def _outbound(self) -> Outbound:
        return outbound_for(self.server, self.host)

    def _nobody_there(self) -> InteractionRequiredError:
        return InteractionRequiredError(
            f"a person has to sign in at {self.server.name}, and nobody is there to do it",
            where=self.server.shown,
            remedy=f"`keyhole mcp auth {self.server.name}`",
        )
