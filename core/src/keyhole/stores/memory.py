"""A store that forgets: for tests, and for a program that must leave nothing behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from keyhole.errors import BusyError
from keyhole.record import TokenRecord
from keyhole.store import Availability, Slot, State

__all__ = ["MemoryStore"]


@final
class MemoryStore:
    """Records in this process alone; a forked child has a copy of its own."""

    name = "memory"
    priority = 0

    def __init__(self) -> None:
        self._records: dict[str, TokenRecord] = {}
        # By process: a child that was forked while a key was held does not find it held.
        self._locks: dict[tuple[int, str], threading.Lock] = {}

    def status(self) -> Availability:
        return Availability(State.USABLE, protected=True, where="this process's memory")

    def read(self, key: str) -> TokenRecord | None:
        return self._records.get(key)

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[Slot]:
        lock = self._locks.setdefault((os.getpid(), key), threading.Lock())
        if not lock.acquire(timeout=timeout):
            raise BusyError("another thread holds it", where="memory")
        try:
            yield _MemorySlot(self._records, key)
        finally:
            lock.release()


@final
class _MemorySlot:
    """A key that is held."""

    def __init__(self, records: dict[str, TokenRecord], key: str) -> None:
        self._records = records
        self._key = key

    @property
    def record(self) -> TokenRecord | None:
        return self._records.get(self._key)

    def replace(self, record: TokenRecord) -> None:
        self._records[self._key] = record

    def delete(self) -> None:
        self._records.pop(self._key, None)
