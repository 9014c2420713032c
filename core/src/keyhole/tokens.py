"""The tokens of one user: the store that each is bound to, and the index of them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import final

from keyhole.errors import KeyholeError, RecordError, StoreError
from keyhole.frozen import evolve
from keyhole.host import Host
from keyhole.index import Entry, Index
from keyhole.record import TokenRecord
from keyhole.store import Slot, TokenStore
from keyhole.stores.offered import Stores

__all__ = ["KeptSlot", "Tokens"]

_PATIENCE = 30.0
"""Seconds to wait for a move that is just about to remove its leftover itself."""


@final
class Tokens:
    """Reads and writes tokens where they belong.

    A key stays bound to the store that it was first written to: where that store can't be used,
    that is an error, and never a second login elsewhere.

    Attributes:
        stores: The stores of this machine.
        index: What is kept where.

    Args:
        stores: The stores of this machine.
        index: What is kept where.
        host: The clock, and who is told where something is kept.
    """

    def __init__(self, stores: Stores, index: Index, host: Host) -> None:
        self.stores = stores
        self.index = index
        self._host = host

    def read(self, key: str) -> TokenRecord | None:
        """What is kept under a key; None says that there is certainly nothing.

        Raises:
            StoreError: Its store can't be used, or which one that is can't be read.
        """
        entry = self.index.get(key)
        store = self._store(entry)
        record = store.read(key)
        if record is not None and entry is None:
            # Another machine wrote it to a shared store: from now on it is known here, too.
            with suppress(RecordError):
                self.index.put(_entry(Entry(key, store.name), record, self._host.now()))
        return record

    @contextmanager
    def exclusive(self, key: str, *, about: str = "", timeout: float) -> Iterator[KeptSlot]:
        """Holds a key, as `TokenStore.exclusive` does, in the store that it is bound to.

        Args:
            key: The key.
            about: What it is for, as a person would say it; for the index.
            timeout: How many seconds to wait for it.

        Raises:
            BusyError: Another holds it.
            StoreError: Its store can't be used, or which one that is can't be read.
        """
        while True:
            entry = self.index.get(key)
            store = self._store(entry)
            with store.exclusive(key, timeout=timeout) as slot:
                now = self.index.get(key)
                if now is not None and now.store != store.name:
                    continue  # It was moved while this one waited.
                yield KeptSlot(slot, self, now or Entry(key, store.name, about), self._host)
                return

    def remove_leftover(self, entry: Entry) -> None:
        """Removes the copy that an interrupted move left in another store, where there is one.

        Raises:
            StoreError: It may still be there.
        """
        if entry.leftover in ("", entry.store):
            return
        try:
            left = self.stores.named(entry.leftover)
            with left.exclusive(entry.key, timeout=_PATIENCE) as slot:
                slot.delete()
        except KeyholeError as error:
            raise StoreError(
                f"the copy that an interrupted move left in the store {entry.leftover} can't be "
                f"removed: {error.problem}",
                where=error.where,
                remedy=f"{error.remedy or 'see that the store can be used'}; then do this again",
            ) from error

    def _store(self, entry: Entry | None) -> TokenStore:
        return self.stores.in_force() if entry is None else self.stores.named(entry.store)


@final
class KeptSlot:
    """A key that is held, in its store and in the index."""

    def __init__(self, slot: Slot, tokens: Tokens, entry: Entry, host: Host) -> None:
        self._slot = slot
        self._tokens = tokens
        self._index = tokens.index
        self._entry = entry
        self._host = host

    @property
    def record(self) -> TokenRecord | None:
        """What is kept."""
        return self._slot.record

    def replace(self, record: TokenRecord, *, skew: float | None = None) -> None:
        """Keeps a record; see `Slot.replace`.

        Args:
            record: The record.
            skew: How many seconds the issuer's clock is ahead of this machine's, where that was
                measured just now.

        Raises:
            LeaseError: The holder slept past its lease.
            StoreError: It could not be kept; what was there before is still there.
        """
        self._bind()
        self._slot.replace(record)
        measured = self._entry if skew is None else evolve(self._entry, skew=skew)
        self._note(_entry(measured, record, self._host.now()))

    def delete(self) -> None:
        """Forgets the record, what an interrupted move left of it elsewhere, and its entry.

        Raises:
            StoreError: Not all of it could be removed; the entry is still there.
        """
        self._slot.delete()
        self._tokens.remove_leftover(self._latest())
        try:
            self._index.remove(self._entry.key)
        except RecordError as error:
            raise _not_indexed(error) from error

    def _latest(self) -> Entry:
        """The entry as it is now; as it was when the key was taken, where it was damaged since."""
        with suppress(StoreError):
            return self._index.get(self._entry.key) or self._entry
        return self._entry

    def _bind(self) -> None:
        """Enters a new key before its store has it: what nobody can find is worse than nothing."""
        try:
            if self._index.get(self._entry.key) is not None:
                return
        except StoreError:
            # Damaged since the key was taken. What is about to be kept may be all there is of a
            # login: the entry is written anew, and if it can't be the record is kept all the same.
            with suppress(RecordError):
                self._index.put(self._entry)
            return
        try:
            self._index.put(self._entry)
        except RecordError as error:
            raise _not_indexed(error) from error

    def _note(self, entry: Entry) -> None:
        """The record is safe; an index that lags behind is no reason to fail."""
        with suppress(RecordError):
            if evolve(entry, saved_at=self._entry.saved_at) != self._entry:
                self._index.put(entry)
                self._entry = entry


def _entry(entry: Entry, record: TokenRecord, now: float) -> Entry:
    return evolve(
        entry,
        expires_at=record.expires_at,
        renewable=record.refresh_token is not None,
        dead=record.dead,
        saved_at=round(now),
    )


def _not_indexed(error: KeyholeError) -> StoreError:
    return StoreError(
        f"the index of what is kept where can't be written: {error.problem}",
        where=error.where,
        remedy=error.remedy,
    )
