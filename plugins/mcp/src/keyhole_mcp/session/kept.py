"""The tokens of a login in their store: kept, renewed, and forgotten."""

from __future__ import annotations

from contextlib import suppress

from keyhole.errors import DamagedError, LoginRequiredError, OAuthError, StoreError
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.token import TokenEndpoint
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal, Renewed
from keyhole_mcp.extensions.dpop import UNBOUND, bound_by
from keyhole_mcp.extensions.keyed import keyed_again
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.session.login import Login

__all__ = ["ClientGoneError", "about", "forget", "keep", "kept", "renewal"]

_TIMEOUT = 60.0
"""Seconds to wait for another who renews the token at this moment."""

_CLIENT_IS_GONE = ("invalid_client", "unauthorized_client")


class ClientGoneError(LoginRequiredError):
    """The authorization server no longer accepts the client: with another one it may go on."""


def kept(machine: Machine, host: Host, key: str) -> TokenRecord | None:
    """A login's record; None where there is certainly none.

    Raises:
        StoreError: Its store can't be used.
    """
    return host.tokens(machine).read(key)


def keep(machine: Machine, host: Host, login: Login, grant: Grant) -> TokenRecord:
    """Keeps what a sign-in gave, in the place of an older login.

    Raises:
        BusyError: Another holds the key.
        StoreError: It can't be kept.
    """
    # Not onto the older record: its refresh token belongs to another grant.
    renewed = grant.onto(login.onto(TokenRecord(scope=login.requested)))
    tokens = host.tokens(machine)
    with tokens.exclusive(login.key, about=about(login), timeout=_TIMEOUT) as slot:
        slot.replace(renewed.record, skew=renewed.skew)
    return renewed.record


def forget(machine: Machine, host: Host, key: str) -> TokenRecord | None:
    """Forgets a login; gives what was kept, so that the server can be told.

    A record that nobody can read goes, too: None is given for it.

    Raises:
        BusyError: Another holds the key.
        StoreError: It can't be removed.
    """
    with host.tokens(machine).exclusive(key, timeout=_TIMEOUT) as slot:
        record = None
        with suppress(DamagedError):
            record = slot.record
        slot.delete()
    return record


def about(login: Login) -> str:
    """What a login is for, as a person would say it."""
    account = f", account {login.account}" if login.account else ""
    return f"MCP server {login.resource}{account}"


def renewal(machine: Machine, host: Host, server: Server, login: Login) -> Renewal:
    """A login's token, and how the next one is got: from the endpoint that was kept with it."""
    return Renewal(
        host.tokens(machine),
        login.key,
        _Refresh(machine, host, server),
        host,
        about=about(login),
        remedy=f"`keyhole mcp auth {server.name}`",
    )


@frozen
class _Refresh:
    """Gets the next token for a record (RFC 6749, section 6)."""

    machine: Machine
    host: Host
    server: Server

    def __call__(self, record: TokenRecord) -> Renewed:
        if record.refresh_token is None:
            raise LoginRequiredError(
                "the token has ended, and the server gave nothing to renew it with",
                where=self.server.shown,
                remedy=f"`keyhole mcp auth {self.server.name}`",
            )
        login = Login.of(record)
        try:
            return self._refreshed(record, login)
        except OAuthError as error:
            if error.code in _CLIENT_IS_GONE:
                raise ClientGoneError(
                    f"the server no longer accepts the client: {error.problem}",
                    where=error.where,
                    remedy=f"`keyhole mcp auth {self.server.name}`",
                ) from error
            if not login.indicator or error.code == UNBOUND:
                raise
        # Some servers grant a token for a resource and refuse to be told of it again (Entra).
        without = evolve(login, indicator="")
        return self._refreshed(without.onto(record), without)

    def _refreshed(self, record: TokenRecord, login: Login) -> Renewed:
        token = record.refresh_token
        if token is None:
            raise StoreError("the record was changed while it was renewed")
        extra = {"resource": login.indicator} if login.indicator else {}
        now = self.host.now
        client = keyed_again(login.client, self.server, login.issuer, self.machine, now)
        endpoint = TokenEndpoint(login.token_endpoint, client, now, extra)
        flow = bound_by(login.dpop, lambda: endpoint.refresh(token), now)
        return perform(flow, outbound_for(self.server, self.host)).onto(record)
