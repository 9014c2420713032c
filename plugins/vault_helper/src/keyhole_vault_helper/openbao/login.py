"""keyhole's own token at a server: got once for all processes, renewed in time, revoked at last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal, Renewed
from keyhole.secret import Secret
from keyhole_vault_helper.auth.method import Granted, Method
from keyhole_vault_helper.errors import OutageError, VaultError
from keyhole_vault_helper.fresh import PART
from keyhole_vault_helper.openbao.connection import Connection

if TYPE_CHECKING:
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["Login", "Session"]


@frozen
class Session:
    """A token that can be used now.

    Attributes:
        token: The token.
        ends_at: Its end, in seconds since the epoch; None where it has none.
    """

    token: Secret
    ends_at: float | None


@frozen
class Login:
    """A login at one server, by one method.

    Attributes:
        machine: Whose stores keep the token.
        connection: The server.
        method: How to log in.
    """

    machine: Machine
    connection: Connection
    method: Method

    @property
    def key(self) -> str:
        """Under which key the token is kept."""
        where = f"{self.connection.address}|{self.connection.namespace}"
        return f"vault-token|{where}|{self.method.identity}"

    @property
    def about(self) -> str:
        """What the token is for, as `keyhole stores` says it."""
        return f"keyhole's login at {self.connection.address}"

    def session(self, server: Server, host: Host, rejected: Secret | None = None) -> Session:
        """A token that is good now.

        Args:
            server: The server.
            host: What keeps the token.
            rejected: One that the server refuses.

        Raises:
            OutageError: The server gives nobody anything now.
            VaultError: The login is refused.
            StoreError: The token can't be kept.
        """
        if not self.method.own:
            granted = self.method.log_in(server, host)
            return Session(granted.token, _end(granted, host.now()))
        renewing = Renewal(
            host.tokens(self.machine),
            self.key,
            lambda record: self._next(record, server, host, rejected),
            host,
            about=self.about,
            begin=TokenRecord(),
            renew_at=_due,
            patience=self.connection.timeout + 5,
        )
        record = renewing.current(rejected)
        if record.access_token is None:
            raise VaultError("the kept login holds no token", where=self.about)
        return Session(record.access_token, record.expires_at)

    def forget(self, server: Server, host: Host) -> bool:
        """Revokes the token and forgets it; False where there was none.

        Raises:
            OutageError: The server can't be told; the token is forgotten here all the same.
        """
        if not self.method.own:
            return False
        with host.tokens(self.machine).exclusive(self.key, about=self.about, timeout=30) as slot:
            record = slot.record
            slot.delete()
        self.method.forget(host)
        if record is None or record.access_token is None:
            return False
        server.ask(
            "revoke keyhole's token", lambda one: one.auth.token.revoke_self(), record.access_token
        )
        return True

    def _next(
        self, record: TokenRecord, server: Server, host: Host, rejected: Secret | None
    ) -> Renewed:
        token, now = record.access_token, host.now()
        good = token is not None and token != rejected and (record.expires_at or now) >= now
        try:
            granted = self._longer(record, server) if good else None
            granted = granted or self.method.log_in(server, host)
        except OutageError as error:
            if good:
                raise error.endured() from error
            raise
        return Renewed(
            evolve(
                record,
                access_token=granted.token,
                # Says to the index that no person is needed for the next one.
                refresh_token=granted.token if granted.renewable else None,
                issued_at=now,
                expires_at=_end(granted, now),
                attempt=None,
                retry_at=None,
            )
        )

    def _longer(self, record: TokenRecord, server: Server) -> Granted | None:
        """The same token with more time; None where that can't be had, or would be little."""
        token = record.access_token
        if token is None or record.refresh_token is None:
            return None
        try:
            # Without an increment the server may give what it gave last, however short that was.
            answer = server.ask(
                "renew the token",
                lambda one: one.auth.token.renew_self(increment=f"{record.lifetime or 0:.0f}s"),
                token,
            )
        except OutageError:
            raise
        except VaultError:
            return None
        seconds = answer["auth"]["lease_duration"]
        # Near its last end a token gets what is left: then a new one is better.
        if record.lifetime and seconds < record.lifetime / 2:
            return None
        return Granted(token, seconds, renewable=bool(answer["auth"]["renewable"]))


def _due(record: TokenRecord) -> float | None:
    """When a token is renewed, in seconds since the epoch."""
    if record.issued_at is None or record.lifetime is None:
        return None
    return record.issued_at + record.lifetime * PART


def _end(granted: Granted, now: float) -> float | None:
    return None if granted.seconds is None else now + granted.seconds
