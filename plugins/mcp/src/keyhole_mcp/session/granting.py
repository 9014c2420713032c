"""Getting a token where no person is asked: what `SignIn` is for a browser."""

from __future__ import annotations

from collections.abc import Callable

from keyhole.errors import InvalidGrantError, OAuthError
from keyhole.freshness import Freshness, freshness
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.client import PRIVATE_KEY_JWT, Client
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.server import ServerMetadata
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal, Renewed
from keyhole.secret import Secret
from keyhole_mcp.extensions.dpop import bound_by, new_key
from keyhole_mcp.flow.asking import challenged
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.discovery import Discovery, discover_for
from keyhole_mcp.flow.scopes import covers, union
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.session.grants import Asked, client_of, flow_of
from keyhole_mcp.session.kept import about
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.planned import indicator
from keyhole_mcp.session.pointers import Pointer, known_issuer, pointers_to, remember

__all__ = ["Granting", "check_issuer"]

_TIMEOUT = 60.0
"""Seconds to wait for another who asks at this moment."""


@frozen
class Granting:
    """Gets the first token of an account, and each next one, with the grant that is configured.

    Attributes:
        machine: The machine.
        host: What may be done.
        server: The MCP server.
        account: Which of several accounts.
        look: Takes another look at the machine: a platform changes its tokens.
    """

    machine: Machine
    host: Host
    server: Server
    account: str
    look: Callable[[], Machine]

    def __call__(
        self,
        challenge: Challenge,
        *,
        scope: str = "",
        refused: Secret | None = None,
        forced: bool = False,
    ) -> TokenRecord:
        """Gets a token, unless another process has got one already.

        Args:
            challenge: What the server answered.
            scope: What is wanted in any case, separated by spaces.
            refused: A token that the server has refused.
            forced: Asks even where there is a token.

        Raises:
            BrokenCredentialError: Something is not configured, or can't be read.
            BusyError: Another asks and does not come to an end.
            NetworkError: A server can't be reached.
            OAuthError: A server refuses, or is not the one that is configured.
            OutboundError: A server names a URL that it must not.
            StoreError: A store can't be used.
        """
        discovery = self._discovered(challenge)
        login = self._login(discovery, union(self._scope(challenge, discovery), scope))
        tokens = self.host.tokens(self.machine)
        with tokens.exclusive(login.key, about=about(login), timeout=_TIMEOUT) as slot:
            record = slot.record
            if forced or record is None or not self._serves(record, login, refused):
                got = self._granted(login, discovery.server)
                renewed = got.onto(login.onto(TokenRecord(scope=login.requested)))
                slot.replace(renewed.record, skew=renewed.skew)
                record = renewed.record
        remember(self.machine, self.host, self.server.url, login)
        return record

    def unasked(self) -> TokenRecord:
        """A token before the server has asked for one: it is configured that it will."""
        heard = perform(challenged(self.server.url), outbound_for(self.server, self.host))
        return self(heard or Challenge(""))

    def moved(self, pointer: Pointer, challenge: Challenge) -> bool:  # noqa: ARG002  # as it is for a browser
        """Whether another authorization server is to be asked: only the user decides that."""
        return False

    def renewal(self, login: Login) -> Renewal:
        """A token, and how the next one is got: by asking again."""
        return Renewal(
            self.host.tokens(self.machine),
            login.key,
            self._renewed,
            self.host,
            about=about(login),
            remedy="`keyhole mcp explain SERVER` says how it is got",
        )

    def renews(self, record: TokenRecord) -> bool:  # noqa: ARG002  # as it is for a browser
        """Whether the next token is got without a person."""
        return True

    @property
    def open(self) -> bool:
        return True

    # The first one

    def _discovered(self, challenge: Challenge) -> Discovery:
        """Who is asked: without a configured issuer, whoever was asked the first time."""
        known = known_issuer(self.machine, self.server.url, self.account)
        flow = discover_for(self.server, challenge, known)
        discovery = perform(flow, outbound_for(self.server, self.host))
        check_issuer(self.machine, self.server, discovery)
        return discovery

    def _scope(self, challenge: Challenge, discovery: Discovery) -> str:
        """The scope; there is nobody who could be offline, so that `offline_access` is no part."""
        return self.server.scopes or challenge.scope or " ".join(discovery.scopes_supported or ())

    def _login(self, discovery: Discovery, wanted: str) -> Login:
        bound = discovery.bound or self.server.chosen.dpop
        sent = indicator(self.server, discovery)
        asked = self._asked(discovery.server, discovery.resource, sent, wanted)
        client = client_of(asked)
        return Login(
            issuer=discovery.server.issuer,
            # What proves it stays where it is configured; and nothing is to be revoked with it.
            client=Client(client.id, method=client.method),
            resource=discovery.resource,
            account=self.account,
            token_endpoint=discovery.server.token_endpoint,
            revocation_endpoint="",
            indicator=sent,
            requested=wanted,
            server=self.server.url,
            dpop=new_key(discovery.server) if bound else None,
        )

    def _serves(self, record: TokenRecord, login: Login, refused: Secret | None) -> bool:
        """Whether a token that another process has got will do."""
        if record.dead or record.access_token is None or record.access_token == refused:
            return False
        state = freshness(record.expires_at, self.host.now(), lifetime=record.lifetime)
        return state is not Freshness.MANDATORY and covers(
            union(record.scope, Login.of(record).requested), login.requested
        )

    # The next one

    def _renewed(self, record: TokenRecord) -> Renewed:
        login = Login.of(record)
        return self._granted(login, _kept_server(login, self.server)).onto(record)

    def _granted(self, login: Login, at: ServerMetadata) -> Grant:
        asked = self._asked(at, login.resource, login.indicator, login.requested)
        try:
            grant = perform(
                bound_by(login.dpop, lambda: flow_of(asked), self.host.now),
                outbound_for(self.server, self.host),
            )
        except InvalidGrantError as error:
            # It says something about an assertion, and nothing about the next one.
            raise OAuthError(
                error.problem, where=error.where, remedy=error.remedy, code="invalid_grant"
            ) from error
        return evolve(grant, refresh_token=None)

    def _asked(self, at: ServerMetadata, resource: str, indicator: str, scope: str) -> Asked:
        return Asked(self.look(), self.host, self.server, at, resource, indicator, scope)


def check_issuer(machine: Machine, server: Server, discovery: Discovery) -> None:
    """Whether a grant may go on at the authorization server that the MCP server names now.

    What is sent is the same for all accounts, so that each one's login counts.

    Raises:
        OAuthError: It is another one than before, and no user has said that it is right
            ("issuer_mismatch").
    """
    issuers = [pointer.issuer for pointer in pointers_to(machine, server.url)]
    others = [issuer for issuer in issuers if issuer != discovery.server.issuer]
    if others and not server.chosen.issuer:
        raise OAuthError(
            f"the MCP server names {discovery.server.issuer}, and named {others[0]} before: "
            "nothing was sent there",
            where=server.shown,
            remedy=f'if that is right, say `issuer` in [mcp."{server.shown}"]',
            code="issuer_mismatch",
        )


def _kept_server(login: Login, server: Server) -> ServerMetadata:
    """The authorization server as far as it was kept; the way to prove oneself may be new."""
    keyed = login.client.method == PRIVATE_KEY_JWT
    methods = (login.client.method,) if keyed == bool(server.chosen.private_key) else None
    return ServerMetadata(
        login.issuer, login.token_endpoint, token_endpoint_auth_methods_supported=methods
    )
