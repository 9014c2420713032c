"""Asking a person: a client with a redirect URI, a browser, and an answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from keyhole.errors import BusyError, LoginFailedError, OAuthError
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.authorization import Authorization, Begun
from keyhole.oauth.interactive import Redirected, Tell, interactive, listen
from keyhole.oauth.listener import Listener
from keyhole.oauth.pending import Pending
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole_mcp.extensions.dpop import request_fields
from keyhole_mcp.flow.discovery import Discovery
from keyhole_mcp.flow.registration import Origin, Registration
from keyhole_mcp.flow.scopes import OFFLINE
from keyhole_mcp.outbound import Outbound
from keyhole_mcp.server import Server
from keyhole_mcp.session.clients import Clients
from keyhole_mcp.session.handoff import Turn
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.planned import planned
from keyhole_mcp.session.redeeming import Redeeming

__all__ = ["Asking"]


@frozen
class Asking:
    """A question to a person, and what comes of it.

    Attributes:
        machine: The machine.
        host: What may be done.
        server: The MCP server.
        account: Which of several accounts.
        way: How the person takes part.
        tell: Says a sentence to the person; None lets the host do that.
        discovery: Who issues the tokens.
        outbound: What may be asked meanwhile.
    """

    machine: Machine
    host: Host
    server: Server
    account: str
    way: Way
    tell: Tell | None
    discovery: Discovery
    outbound: Outbound

    def __call__(self, turn: Turn, client: Registration | None, wanted: str) -> TokenRecord:
        """Asks, and keeps the token.

        Args:
            turn: The right to ask.
            client: For whom; None registers one.
            wanted: The scope, separated by spaces.

        Raises:
            BusyError: The configured port is taken.
            LoginFailedError: The person did not come back in time.
            NetworkError: A server can't be reached.
            OAuthError: A server refuses, or the answer can't be trusted.
            OutboundError: A server names a URL that it must not.
            StoreError: A store can't be used.
        """
        with self._listener(client) as listener:
            client = self._fitting(client, listener, wanted)
            login = planned(self.server, self.discovery, client, self.account, wanted, binds=True)
            try:
                record = self._answered(turn, listener, login)
            except (LoginFailedError, OAuthError) as error:
                self._clean_up(client, error)
                raise
        if client.origin is Origin.BEFOREHAND:
            # Named once, it is known from now on: an entry can't hold its secret.
            self._clients.keep(self.discovery, client)
        return record

    def _answered(self, turn: Turn, listener: Listener, login: Login) -> TokenRecord:
        """The token for the answer, whichever process redeems it."""
        redeeming = Redeeming(self.machine, self.host, self.server)
        begun: list[Pending] = []

        def publish(asked: Begun) -> None:
            begun.append(asked.pending)
            turn.publish(asked.pending, login)

        def redeemed() -> TokenRecord | None:
            return redeeming.done_elsewhere(login, begun[-1]) if begun else None

        try:
            with turn.watching(listener, redeemed):
                answer = self._asked(listener, login, publish)
            return redeeming(login, answer)
        except (LoginFailedError, OAuthError):
            if record := redeemed():
                return record
            raise

    def _asked(
        self, listener: Listener, login: Login, publish: Callable[[Begun], None]
    ) -> Redirected:
        self.outbound.check_page(self.discovery.server.authorization_endpoint)
        return interactive(
            self._authorization(login),
            self.way,
            self.host,
            listener=listener,
            tell=self.tell,
            begun=publish,
        )

    def _authorization(self, login: Login) -> Authorization:
        return Authorization(
            self.discovery.server,
            login.client,
            scope=login.requested,
            resource=login.indicator,
            # OpenID Connect Core 1.0, section 11: without a question no offline access is given.
            prompt="consent" if OFFLINE in login.requested.split() else "",
            login_hint=self.account,
            assume_s256=self.server.exceptions.assume_s256,
            extra=request_fields(login.dpop),
        )

    def _listener(self, client: Registration | None) -> Listener:
        """Listens at the port that is configured, or was registered; else at a free one."""
        configured = self.server.exceptions.callback_port or self.server.oauth.callback_port
        registered = urlsplit(client.redirect_uri).port if client and client.redirect_uri else None
        port = self.way.port or configured
        if port or not registered:
            return listen(evolve(self.way, port=port or 0), self.host)
        with suppress(BusyError):
            return listen(evolve(self.way, port=registered), self.host)
        return listen(self.way, self.host)

    def _fitting(
        self, client: Registration | None, listener: Listener, wanted: str
    ) -> Registration:
        """The client, registered anew where it was registered for another redirect URI."""
        if client and client.redirect_uri in ("", listener.redirect_uri):
            return client
        return self._clients.registered(
            self.discovery, listener.redirect_uri, wanted, self.outbound
        )

    def _clean_up(self, client: Registration, error: LoginFailedError | OAuthError) -> None:
        """A client that the server forgot shows the person an error page and no way back.

        So the next sign-in registers a new one.
        """
        denied = isinstance(error, OAuthError) and error.code == "access_denied"
        if client.origin is Origin.DYNAMIC and not denied:
            self._clients.forget_registered(self.discovery.server.issuer, self.discovery.resource)

    @property
    def _clients(self) -> Clients:
        return Clients(self.machine, self.host)
