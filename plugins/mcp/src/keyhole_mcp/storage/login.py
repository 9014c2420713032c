"""A login that an mcp SDK made, in keyhole's stores: the same kind that keyhole itself makes.

So `keyhole mcp status` shows it, `keyhole mcp logout` ends it, and who signed in with
`keyhole mcp auth` need not do it again for the SDK.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from keyhole.errors import KeyholeError, LoginRequiredError, OAuthError
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.record import BEARER, TokenRecord
from keyhole.renewal import Renewal
from keyhole.secret import Secret
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.discovery import Discovery, discover_for
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.kept import ClientGoneError, keep, kept, renewal
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import pointer_of, remember
from keyhole_mcp.storage.registered import Registered, by_the_sdk, client_of

__all__ = ["Current", "SdkLogin", "UnrenewableTokenWarning"]


class UnrenewableTokenWarning(UserWarning):
    """A token is kept, and not what renews it: nobody knows safely where that may be sent."""


@attrs.frozen
class Current:
    """A token that can be used now.

    Attributes:
        token: The token.
        scope: What it is for, separated by spaces.
        seconds: How many seconds are left; None where nobody knows.
    """

    token: Secret
    scope: str
    seconds: float | None


class SdkLogin:
    """The login of one account at one server; everything here may block.

    Args:
        name: The server's name or URL.
        account: Which of several accounts; empty for the one that the configuration names.
        look: Takes a look at the machine, anew for each use.
        host: What may be done.
    """

    def __init__(self, name: str, account: str, look: Callable[[], Machine], host: Host) -> None:
        self._name = name
        self._account = account
        self._look = look
        self._host = host
        self._renewals: dict[str, Renewal] = {}

    def registered(self) -> Registered:
        """The SDK's client.

        Raises:
            UsageError: There is no such server.
            BrokenCredentialError: Its entry does not count, or is not sound.
        """
        machine = self._look()
        server = server_named(machine, self._name)
        return Registered(machine, self._host, server, self._account or server.exceptions.account)

    def client(self) -> Mapping[str, Any] | None:
        """The client for the SDK; None where it has to register one.

        One that it registered itself is good as long as the login is: before a person is asked
        again the SDK registers another. The server may have forgotten the old one, and it has the
        redirect URI of another program; both would end at an error page with no way back.

        Raises:
            StoreError: A store can't be used.
        """
        mine = self.registered()
        fields = mine.kept()
        if fields is None or not by_the_sdk(fields):
            return fields
        record = self._kept(mine)
        if record is None or record.dead:
            return None
        return fields if Login.of(record).client.id == fields["client_id"] else None

    def current(self, refused: Secret | None = None) -> Current | None:
        """The token, renewed where that is needed; None where only a person helps.

        Args:
            refused: The token that the server has just refused.

        Raises:
            BusyError: Another renews it, and does not come to an end.
            NetworkError: It can't be renewed now.
            StoreError: A store can't be used.
        """
        mine = self.registered()
        record = self._kept(mine)
        if record is None:
            return None
        login = Login.of(record)
        renewing = self._renewal(mine, login)
        try:
            record = renewing.current(refused)
        except ClientGoneError:
            mine.forget(login.client.id)
            return None
        except LoginRequiredError:
            return None
        return _current(record, renewing.ends_at(record), self._host.now())

    def keep(self, grant: Grant) -> None:
        """Keeps what a sign-in, or a refresh of the SDK's own, gave.

        A token that was handed out and comes back changes nothing: it comes without what renews it.

        Raises:
            StoreError: It can't be kept.
        """
        mine = self.registered()
        before = self._kept(mine)
        if before and before.access_token == grant.access_token and not grant.refresh_token:
            return
        login, unknown = self._login(mine, grant.scope or "")
        keep(
            mine.machine,
            self._host,
            login,
            attrs.evolve(grant, refresh_token=None) if unknown else grant,
        )
        remember(mine.machine, self._host, mine.server.url, login)
        if unknown and grant.refresh_token:
            warnings.warn(
                f"The token for {mine.server.shown} is kept, but it can't be renewed: {unknown}.",
                UnrenewableTokenWarning,
                stacklevel=2,
            )

    # What is there

    def _kept(self, mine: Registered) -> TokenRecord | None:
        pointer = pointer_of(mine.machine, mine.server.url, mine.account)
        return kept(mine.machine, self._host, pointer.key) if pointer else None

    def _renewal(self, mine: Registered, login: Login) -> Renewal:
        """One for each login: it remembers a token that no store took."""
        if login.key not in self._renewals:
            self._renewals[login.key] = renewal(mine.machine, self._host, mine.server, login)
        return self._renewals[login.key]

    # What a new token belongs to

    def _login(self, mine: Registered, scope: str) -> tuple[Login, str]:
        """The login, and why it can't be renewed; empty where it can."""
        fields = mine.kept() or {}
        stamped = fields.get("issuer") or ""
        try:
            found = self._discovered(mine.server, stamped)
        except KeyholeError as error:
            found, unknown = None, error.problem
        else:
            unknown = ""
        server = mine.server
        login = Login(
            issuer=found.server.issuer if found else stamped or server.origin,
            client=client_of(fields),
            resource=found.resource if found else server.url,
            account=mine.account,
            token_endpoint=found.server.token_endpoint if found else "",
            revocation_endpoint=found.server.revocation_endpoint if found else "",
            indicator=_indicator(server, found) if found else "",
            requested=scope,
            server=server.url,
        )
        return login, unknown

    def _discovered(self, server: Server, stamped: str) -> Discovery:
        """Whose tokens these are, by metadata that are validated anew.

        The issuer that the SDK wrote into its client is the one that gave them: where the server
        names another by now, nothing is sent there.

        Raises:
            KeyholeError: That can't be found out.
        """
        found = perform(
            discover_for(server, Challenge(""), stamped), outbound_for(server, self._host)
        )
        issuer = found.server.issuer
        # The SDK writes an issuer without a path with a slash or without one.
        if stamped and stamped.rstrip("/") != issuer.rstrip("/"):
            raise OAuthError(
                f"the server names {issuer} as its authorization server, and the token is of "
                f"{stamped}",
                where=server.shown,
                code="issuer_mismatch",
            )
        return found


def _current(record: TokenRecord, ends_at: float | None, now: float) -> Current | None:
    """The token as the SDK can use it: it knows bearer tokens alone."""
    if record.access_token is None or record.token_type.lower() != BEARER.lower():
        return None
    seconds = None if ends_at is None else max(0.0, ends_at - now)
    return Current(record.access_token, record.scope, seconds)


def _indicator(server: Server, found: Discovery) -> str:
    """The `resource` of requests (RFC 8707), as the SDK sends it."""
    omitted = server.exceptions.omit_resource or not found.published
    return "" if omitted else found.resource
