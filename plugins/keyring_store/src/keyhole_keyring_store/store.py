"""The token store on the keyring of the operating system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, final

import keyring
from keyring.backend import KeyringBackend

from keyhole import Availability, Slot, TokenRecord
from keyhole.errors import StoreError
from keyhole.lock import locked
from keyhole.store import State
from keyhole_keyring_store.bounded import Bounded
from keyhole_keyring_store.failure import NO_KEYRING, failure
from keyhole_keyring_store.items import Items
from keyhole_keyring_store.kind import is_none, is_protected, part_size, title
from keyhole_keyring_store.probe import probe
from keyhole_keyring_store.use import in_use

__all__ = ["KeyringStore"]

T = TypeVar("T")
Chosen = Callable[[], KeyringBackend]

_A_KEYRING = "the keyring of the operating system"
_STATUS_SECONDS = 2.5


@final
class KeyringStore:
    """Records in the items of a keyring, behind a lock file.

    Args:
        locks: The folder of the lock files; it is made with the first hold.
        chosen: Says which back-end to use; the library's own choice, which its configuration and
            `PYTHON_KEYRING_BACKEND` decide.
        timeout: How long one use of the keyring may take, in seconds.
    """

    name = "keyring"
    priority = 500

    def __init__(
        self, locks: Path, chosen: Chosen = keyring.get_keyring, *, timeout: float = 3.0
    ) -> None:
        self._locks = locks
        self._chosen = chosen
        self._bounded = Bounded(timeout)

    def status(self) -> Availability:
        try:
            return self._ask(_availability, at_most=_STATUS_SECONDS)
        except StoreError as error:
            return Availability(
                State.UNUSABLE,
                protected=False,
                where=error.where,
                reason=error.problem,
                remedy=error.remedy,
            )

    def read(self, key: str) -> TokenRecord | None:
        return self._ask(lambda backend: _read(backend, key))

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[Slot]:
        lock = locked(self._lock_path(key), timeout=timeout)
        lock.__enter__()
        try:
            yield _KeyringSlot(self._ask, key)
        finally:
            # A write that hangs may still land: until it has come back nobody else may hold it.
            self._bounded.afterwards(lambda: lock.__exit__(None, None, None))

    def _lock_path(self, key: str) -> Path:
        try:
            self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "the folder for lock files can't be made",
                where=str(self._locks),
                remedy="check the owner and the mode of the folder above it",
            ) from error
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._locks / f"keyring-{digest}.lock"

    def _ask(self, work: Callable[[KeyringBackend], T], *, at_most: float | None = None) -> T:
        return self._bounded.call(lambda: _told(self._chosen, work), at_most=at_most)


@final
class _KeyringSlot:
    """A key whose lock is held.

    Args:
        ask: Does something with the keyring, in a limited time.
        key: The key.
    """

    def __init__(
        self, ask: Callable[[Callable[[KeyringBackend], object]], object], key: str
    ) -> None:
        self._ask = ask
        self._key = key

    @property
    def record(self) -> TokenRecord | None:
        found = self._ask(lambda backend: _read(backend, self._key))
        return found if isinstance(found, TokenRecord) else None

    def replace(self, record: TokenRecord) -> None:
        self._ask(lambda backend: _replace(backend, self._key, record))

    def delete(self) -> None:
        self._ask(lambda backend: _delete(backend, self._key))


def _told(chosen: Chosen, work: Callable[[KeyringBackend], T]) -> T:
    """What the work says, its errors as a user can act upon them."""
    where = _A_KEYRING
    try:
        backend = chosen()
        where = title(backend)
        return work(backend)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  # back-ends are third parties' and raise anything
        raise failure(error, where) from None


def _availability(backend: KeyringBackend) -> Availability:
    where = title(backend)
    if is_none(backend):
        reason, remedy = NO_KEYRING
        return Availability(
            State.ABSENT, protected=False, where=where, reason=reason, remedy=remedy
        )
    probe(backend)
    return Availability(State.USABLE, protected=is_protected(backend), where=where)


@contextmanager
def _items(backend: KeyringBackend, key: str) -> Iterator[Items]:
    if is_none(backend):
        # The place holder that keeps nothing would say "nothing", and mean "I don't know".
        problem, remedy = NO_KEYRING
        raise StoreError(problem, where=title(backend), remedy=remedy)
    with in_use(backend) as keyring:
        yield Items(keyring, key, part_size(backend), title(backend))


def _read(backend: KeyringBackend, key: str) -> TokenRecord | None:
    with _items(backend, key) as items:
        return _record(items, backend)


def _replace(backend: KeyringBackend, key: str, record: TokenRecord) -> None:
    with _items(backend, key) as items:
        items.write(record.text())
        if _record(items, backend) != record:
            raise StoreError("what was written does not read back", where=title(backend))
        # The record is kept: what can't be removed now is removed with the next one.
        with suppress(Exception):
            items.tidy()


def _delete(backend: KeyringBackend, key: str) -> None:
    with _items(backend, key) as items:
        items.delete()


def _record(items: Items, backend: KeyringBackend) -> TokenRecord | None:
    text = items.read()
    return None if text is None else TokenRecord.parse(text, where=title(backend))
