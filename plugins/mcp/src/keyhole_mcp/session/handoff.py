"""One process signs in at a time; the others wait for its outcome in the store.

What is pending lies in the store, too, so that any process that shares it may redeem the address
at which a browser ended: "begun on the server, finished on the laptop".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from keyhole.errors import KeyholeError, LoginFailedError, StoreError
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.listener import Listener
from keyhole.oauth.pending import Pending
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.tokens import KeptSlot
from keyhole_mcp.session.login import Login

__all__ = ["HandOff", "Turn"]

_FIELD = "mcp-pending"
_LOOK = 1.0
"""Seconds between two looks whether another process has redeemed the answer."""
_BEAT = 10
"""So many looks later the record is written again: that prolongs a lease."""


@frozen
class HandOff:
    """The sign-in of one account at one server.

    Attributes:
        machine: The machine.
        host: What keeps it.
        url: The MCP server's URL.
        account: The account.
    """

    machine: Machine
    host: Host
    url: str
    account: str

    @contextmanager
    def turn(self, about: str, *, seconds: float) -> Iterator[Turn]:
        """This process's turn, after whoever signs in now.

        Args:
            about: What it is for, as a person would say it.
            seconds: How long to wait for the others.

        Raises:
            BusyError: Another signs in and does not come to an end.
            LoginFailedError: Another tried while this one waited, and failed.
            StoreError: The store can't be used.
        """
        since = self.host.now()
        tokens = self.host.tokens(self.machine)
        with tokens.exclusive(self._key, about=f"sign-in at {about}", timeout=seconds) as slot:
            _check_failure(slot.record, since)
            turn = Turn(slot, self.host)
            try:
                yield turn
            except KeyholeError as error:
                turn.fail(error)
                raise
            finally:
                turn.end()

    def pending(self) -> tuple[Pending, Login]:
        """What waits for an answer, whichever process began it.

        Raises:
            LoginFailedError: Nothing does.
            StoreError: The store can't be used.
        """
        record = self.host.tokens(self.machine).read(self._key)
        fields = record.extra.get(_FIELD) if record else None
        if record is None or not isinstance(fields, dict):
            raise LoginFailedError(
                "no sign-in at this server waits for an answer",
                remedy="begin one: `keyhole mcp auth SERVER`",
            )
        return Pending.parse(fields, where="the pending sign-in"), Login.of(record)

    @property
    def _key(self) -> str:
        return f"mcp-sign-in|{Secret(f'{self.account}|{self.url}').digest()}"


class Turn:
    """The right to ask the person.

    Args:
        slot: The key that is held.
        host: The clock.
    """

    def __init__(self, slot: KeptSlot, host: Host) -> None:
        self._slot = slot
        self._host = host
        self._failed = False

    def publish(self, pending: Pending, login: Login) -> None:
        """Keeps what is pending, for whoever redeems the answer.

        Raises:
            StoreError: It can't be kept.
        """
        extra = Extra({_FIELD: pending.fields()})
        self._slot.replace(login.onto(TokenRecord(extra=extra)))

    @contextmanager
    def watching(self, listener: Listener, redeemed: Callable[[], object]) -> Iterator[None]:
        """Stops the listener as soon as another process has redeemed the answer.

        Args:
            listener: Who waits for the browser.
            redeemed: Looks whether one has.
        """
        over = threading.Event()
        watcher = threading.Thread(
            target=self._watch, args=(over, listener, redeemed), name="keyhole-sign-in", daemon=True
        )
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def fail(self, error: KeyholeError) -> None:
        """Tells those who wait now, so that no second browser opens for each of them."""
        self._failed = True
        with suppress(StoreError):
            self._slot.replace(TokenRecord(dead=error.problem, issued_at=self._host.now()))

    def end(self) -> None:
        """Leaves nothing pending."""
        if not self._failed:
            with suppress(StoreError):
                self._slot.delete()

    def _watch(
        self, over: threading.Event, listener: Listener, redeemed: Callable[[], object]
    ) -> None:
        looks = 0
        while not over.wait(_LOOK):
            looks += 1
            with suppress(KeyholeError):
                if redeemed():
                    listener.stop()
                    return
                record = self._slot.record
                if record is not None and looks % _BEAT == 0:
                    self._slot.replace(record)


def _check_failure(record: TokenRecord | None, since: float) -> None:
    if record and record.dead and record.issued_at is not None and record.issued_at >= since:
        raise LoginFailedError(
            f"another process tried to sign in just now, and failed: {record.dead}",
            remedy="sign in again",
        )
