"""Renewing a kept token exactly once: for all threads, processes and hosts that share it.

Lock, look again, adopt what somebody else renewed; else say that a refresh is under way, refresh,
keep, unlock. Only the authorization server's own word ends a token: what is slow, broken or
unreachable never does.
"""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import final

from keyhole.attempts import ATTEMPTS, asked, back_off, check_back_off, lost
from keyhole.errors import (
    BusyError,
    InvalidGrantError,
    KeyholeError,
    LeaseError,
    LoginRequiredError,
    NetworkError,
    ServerError,
    StoreError,
)
from keyhole.freshness import Freshness
from keyhole.frozen import evolve, frozen
from keyhole.host import Host
from keyhole.record import Attempt, TokenRecord
from keyhole.secret import Secret
from keyhole.tokens import KeptSlot, Tokens
from keyhole.validity import Validity

__all__ = ["Renewal", "Renewed", "UnsavedTokenWarning"]

PATIENCE = 60.0
"""Seconds that one waits for another's renewal."""

LOOK = 0.05
"""Seconds of waiting for the key between two looks at what its holder may have kept."""


class UnsavedTokenWarning(UserWarning):
    """A new token could not be kept: it is used by this process, and lost when that ends."""


@frozen
class Renewed:
    """What a refresh gave.

    Attributes:
        record: The new record.
        skew: How many seconds the issuer's clock is ahead of this machine's, by the `Date` of its
            answer (RFC 9110, section 6.6.1); None where it had none.
    """

    record: TokenRecord
    skew: float | None = None


@final
class Renewal:
    """One kept token, and how to get the next.

    Args:
        tokens: Where it is kept.
        key: Its key.
        refresh: Gets the next one for a record; blocks, and is called by one holder at a time.
            It raises InvalidGrantError where the server refuses for good, NetworkError where it
            may answer another time.
        host: The clock, and waiting.
        about: What it is for, as a person would say it.
        remedy: What a person does when only a new login helps.
        patience: How many seconds to wait for another's renewal.
        begin: What stands for a record that is not there yet, where no person is needed for the
            first token; None where only a login makes one.
        renew_at: When a record is to be renewed early although it is good, in seconds since the
            epoch; None where only its end asks for that.
        endure: Told when a renewal failed and the old token goes on; it may raise instead.
    """

    def __init__(
        self,
        tokens: Tokens,
        key: str,
        refresh: Callable[[TokenRecord], Renewed],
        host: Host,
        *,
        about: str = "",
        remedy: str = "log in again",
        patience: float = PATIENCE,
        begin: TokenRecord | None = None,
        renew_at: Callable[[TokenRecord], float | None] = lambda _record: None,
        endure: Callable[[KeyholeError, TokenRecord], None] = lambda _error, _record: None,
    ) -> None:
        self._tokens = tokens
        self._key = key
        self._refresh = refresh
        self._host = host
        self._about = about or key
        self._remedy = remedy
        self._patience = patience
        self._begin = begin
        self._endure = endure
        self._validity = Validity(tokens.index, key, host, renew_at)
        # A spent record with its successor that no store took.
        self._unsaved: tuple[TokenRecord, Renewed] | None = None

    def current(self, rejected: Secret | None = None) -> TokenRecord:
        """A token that can be used now, renewed where that is needed; blocks.

        Args:
            rejected: The access token that a server has just refused.

        Raises:
            LoginRequiredError: There is none, or the server said that it has ended for good.
            BusyError: Another holds it and does not let go, and it can't be used any more.
            NetworkError: The server can't renew it now, and it can't be used any more.
            StoreError: Its store can't be used.
        """
        seen = self._tokens.read(self._key)
        state = self._validity.freshness(seen, rejected)
        if seen is not None and state is Freshness.FRESH and not self._unsaved:
            return seen
        try:
            return self._got(seen, rejected, waits=state is Freshness.MANDATORY)
        except KeyholeError as error:
            # A good token is never thrown away: who fails to renew it early goes on with it.
            if seen is not None and self._validity.is_usable(seen, rejected):
                self._endure(error, seen)
                return seen
            raise

    def ends_at(self, record: TokenRecord) -> float | None:
        """The end of a record by this machine's clock, in seconds since the epoch."""
        return self._validity.ends_at(record)

    # Holding it

    def _got(
        self, seen: TokenRecord | None, rejected: Secret | None, *, waits: bool
    ) -> TokenRecord:
        try:
            return self._held(seen, rejected, waits=waits)
        except LeaseError:
            # Who was too slow waits like everybody, and takes what came of it.
            return self._held(seen, rejected, waits=waits)

    def _held(
        self, seen: TokenRecord | None, rejected: Secret | None, *, waits: bool
    ) -> TokenRecord:
        until = time.monotonic() + (self._patience if waits else 0.0)
        while True:
            left = max(0.0, until - time.monotonic())
            with ExitStack() as held:
                try:
                    slot = held.enter_context(self._exclusive(min(left, LOOK)))
                except BusyError as busy:
                    if left <= LOOK:
                        raise self._still(busy) if waits else busy from None
                else:
                    return self._settled(slot, seen, rejected, waits=waits)
            # Who was waited for may be done: nobody queues for a key only to read.
            record = self._tokens.read(self._key)
            if record is not None and self._validity.serves(record, seen, rejected):
                return record

    def _exclusive(self, timeout: float) -> AbstractContextManager[KeptSlot]:
        return self._tokens.exclusive(self._key, about=self._about, timeout=timeout)

    def _settled(
        self, slot: KeptSlot, seen: TokenRecord | None, rejected: Secret | None, *, waits: bool
    ) -> TokenRecord:
        record = self._recovered(slot) or slot.record or self._begin
        if record is None:
            raise self._must_log_in("there is no token")
        if self._validity.serves(record, seen, rejected):
            return record
        return self._renewed(slot, record, ATTEMPTS if waits else 1)

    def _renewed(self, slot: KeptSlot, record: TokenRecord, attempts: int) -> TokenRecord:
        if record.dead:
            raise self._must_log_in(record.dead)
        check_back_off(record, self._host.now(), about=self._about)

        def note() -> None:
            slot.replace(evolve(record, attempt=Attempt(self._host.now(), _who())))

        # Before the server may spend the refresh token; what can't be kept must not be asked for.
        note()
        try:
            # Noted again, a lease begins anew, or turns out to be lost.
            renewed = asked(self._refresh, record, self._host, attempts=attempts, still_held=note)
        except InvalidGrantError as error:
            return self._adopted(slot, record) or self._buried(slot, record, error)
        except NetworkError as error:
            self._postpone(slot, record, error)
            raise
        except KeyholeError:
            with suppress(StoreError):
                self._restore(slot, record)
            raise
        return self._kept(slot, record, renewed)

    def _restore(self, slot: KeptSlot, record: TokenRecord) -> None:
        """Leaves the slot as it was found."""
        if record is self._begin:
            slot.delete()
        else:
            slot.replace(record)

    # What came of it

    def _postpone(self, slot: KeptSlot, record: TokenRecord, error: NetworkError) -> None:
        """Keeps the token, and everybody away from the server for a while."""
        # Who answered did not spend the token; who did not answer may have.
        attempt = record.attempt if isinstance(error, ServerError) else _now(slot)
        postponed = evolve(record, attempt=attempt, retry_at=self._host.now() + back_off(error))
        with suppress(StoreError):
            slot.replace(postponed)

    def _kept(self, slot: KeptSlot, spent: TokenRecord, renewed: Renewed) -> TokenRecord:
        try:
            slot.replace(renewed.record, skew=renewed.skew)
        except LeaseError:
            # Another took over, and may have used the same refresh token: its outcome counts. One
            # that wrote nothing leaves the new token the only one that there is.
            adopted = self._adopted(slot, spent)
            self._unsaved = None if adopted else (spent, renewed)
            if adopted is None:
                raise
            return adopted
        except StoreError as error:
            self._unsaved = (spent, renewed)
            warnings.warn(
                f"The new token for {self._about} could not be kept ({error.problem}); this "
                "process goes on with it, and tries again to keep it.",
                UnsavedTokenWarning,
                stacklevel=2,
            )
        else:
            self._unsaved = None
        return renewed.record

    def _recovered(self, slot: KeptSlot) -> TokenRecord | None:
        """Keeps the token that could not be kept before, where it is still the next one."""
        if self._unsaved is None:
            return None
        spent, renewed = self._unsaved
        record = slot.record
        if record is None or record.refresh_token != spent.refresh_token:
            self._unsaved = None
            return None
        return self._kept(slot, spent, renewed)

    def _adopted(self, slot: KeptSlot, spent: TokenRecord) -> TokenRecord | None:
        """What somebody has written meanwhile, who did not hold the key or took it over."""
        record = slot.record
        if record is None or record.access_token == spent.access_token:
            return None
        return record if self._validity.is_usable(record, spent.access_token) else None

    def _buried(self, slot: KeptSlot, record: TokenRecord, error: InvalidGrantError) -> TokenRecord:
        """Remembers that only a new login helps, so that nobody asks the server again."""
        dead = error.problem
        if record.attempt is not None:
            dead += lost(f"a refresh by {record.attempt.by}")
        slot.replace(evolve(record, attempt=None, retry_at=None, dead=dead))
        raise self._must_log_in(dead) from error

    def _still(self, busy: BusyError) -> BusyError:
        return BusyError(
            f"{busy.problem}, and did not let go in {self._patience:g} seconds",
            where=busy.where,
            remedy=busy.remedy,
        )

    def _must_log_in(self, why: str) -> LoginRequiredError:
        return LoginRequiredError(why, where=self._about, remedy=self._remedy)


def _now(slot: KeptSlot) -> Attempt | None:
    record = slot.record
    return record.attempt if record else None


def _who() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
