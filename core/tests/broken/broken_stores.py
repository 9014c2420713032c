"""A store that keeps the contract, and for each check of the contract one that does not."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import attrs

from keyhole.errors import BusyError, StoreError
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.store import Availability, State
from keyhole.testing.stores import Opens

__all__ = ["BROKEN", "AcmeStore", "opening"]


@attrs.define
class Place:
    """What all who open the store share."""

    texts: dict[str, Secret] = attrs.field(factory=dict)
    locks: dict[str, Any] = attrs.field(factory=lambda: defaultdict(threading.Lock))
    meeting: threading.Barrier = attrs.field(factory=lambda: threading.Barrier(2))


class AcmeStore:
    """A store that keeps the contract, in the memory of one process."""

    name = "acme"
    priority = 5

    def __init__(self, place: Place) -> None:
        self.place = place

    def status(self) -> Availability:
        """It can always be used."""
        return Availability(State.USABLE, protected=False, where="memory")

    def read(self, key: str) -> TokenRecord | None:
        """What is kept under a key."""
        text = self.place.texts.get(key)
        return None if text is None else TokenRecord.parse(text, where=key)

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record."""
        self.place.texts[key] = record.text()

    def forget(self, key: str) -> None:
        """Removes a record, if there is one."""
        self.place.texts.pop(key, None)

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Holds a key."""
        lock = self.place.locks[key]
        if not lock.acquire(timeout=timeout):
            raise BusyError("another holds it", where=key)
        try:
            yield AcmeSlot(self, key)
        finally:
            lock.release()


class AcmeSlot:
    """A key that is held."""

    def __init__(self, store: AcmeStore, key: str) -> None:
        self._store = store
        self._key = key

    @property
    def record(self) -> TokenRecord | None:
        """What is kept."""
        return self._store.read(self._key)

    def replace(self, record: TokenRecord) -> None:
        """Keeps another one."""
        self._store.write(self._key, record)

    def delete(self) -> None:
        """Keeps none."""
        self._store.forget(self._key)


def opening(store: type[AcmeStore]) -> Opens:
    """Opens one and the same place with a class of stores."""
    place = Place()
    return lambda: store(place)


class Misnamed(AcmeStore):
    """Its name is no name."""

    name = "Acme Store"


class Unnumbered(AcmeStore):
    """Its priority is no integer."""

    priority: Any = 5.5


class Drifting(AcmeStore):
    """It ranks higher with every write."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record, and is proud of it."""
        self.priority += 1
        super().write(key, record)


class Pessimist(AcmeStore):
    """It says that it can't be used, though it can."""

    def status(self) -> Availability:
        """It never tries."""
        return Availability(State.UNUSABLE, protected=False, where="memory", reason="not tried yet")


class Placeless(AcmeStore):
    """It does not say where it keeps anything."""

    def status(self) -> Availability:
        """Somewhere."""
        return Availability(State.USABLE, protected=False, where="")


class Inventive(AcmeStore):
    """It has a record for every key."""

    def read(self, key: str) -> TokenRecord | None:
        """What is kept, or something like it."""
        return super().read(key) or TokenRecord()


class Forgetful(AcmeStore):
    """It keeps only the fields that it knows."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a part."""
        super().write(key, attrs.evolve(record, extra=Extra()))


class Private(AcmeStore):
    """Whoever opens it gets a place of their own."""

    def __init__(self, place: Place) -> None:
        super().__init__(Place(locks=place.locks))


class Dated(AcmeStore):
    """It reads what was there when it was opened."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._opened = dict(place.texts)

    def read(self, key: str) -> TokenRecord | None:
        """What was kept under a key."""
        text = self._opened.get(key)
        return None if text is None else TokenRecord.parse(text, where=key)

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Holds a key, and sees what is there now."""
        store = AcmeStore(self.place)
        with store.exclusive(key, timeout=timeout) as slot:
            yield slot


class Stubborn(AcmeStore):
    """It keeps what it has."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps the first record that it was given."""
        self.place.texts.setdefault(key, record.text())


class Hoarder(AcmeStore):
    """It throws nothing away."""

    def forget(self, key: str) -> None:
        """Does not."""


class Hiding(AcmeStore):
    """What was deleted is gone for who deleted it."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._hidden: set[str] = set()

    def read(self, key: str) -> TokenRecord | None:
        """What is kept under a key that is not hidden."""
        return None if key in self._hidden else super().read(key)

    def forget(self, key: str) -> None:
        """Looks away."""
        self._hidden.add(key)


class Wistful(AcmeStore):
    """Who deletes a record can still read it until the hold is over."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Holds a key, with the record that is there now for as long as that lasts."""
        with super().exclusive(key, timeout=timeout):
            yield StaleSlot(self, key, self.read(key))


class Touchy(AcmeStore):
    """It can't delete what is not there."""

    def forget(self, key: str) -> None:
        """Removes a record that must be there."""
        del self.place.texts[key]


class Remembering(AcmeStore):
    """It reads each key once."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._seen: dict[str, TokenRecord] = {}

    def read(self, key: str) -> TokenRecord | None:
        """What it remembers, else what is kept."""
        return self._seen.get(key) or super().read(key)

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record, and remembers it."""
        self._seen[key] = record
        super().write(key, record)


class Unlocked(AcmeStore):
    """Everybody holds everything."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:  # noqa: ARG002
        """Asks nobody."""
        yield AcmeSlot(self, key)


class OneLock(AcmeStore):
    """Who holds a key holds them all."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:  # noqa: ARG002
        """Takes the one lock that there is."""
        with super().exclusive("the one lock", timeout=0):
            yield AcmeSlot(self, key)


class Impatient(AcmeStore):
    """It tries once."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:  # noqa: ARG002
        """Waits for nobody."""
        with super().exclusive(key, timeout=0) as slot:
            yield slot


class Clinging(AcmeStore):
    """It lets go only where all went well."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Holds a key, for ever where something goes wrong."""
        lock = self.place.locks[key]
        if not lock.acquire(timeout=timeout):
            raise BusyError("another holds it", where=key)
        yield AcmeSlot(self, key)
        lock.release()


class Undoing(AcmeStore):
    """Where something goes wrong, it starts from nothing."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Holds a key, and leaves none of it after an error."""
        with super().exclusive(key, timeout=timeout) as slot:
            try:
                yield slot
            except BaseException:
                slot.delete()
                raise


class Rooted(AcmeStore):
    """Its locks belong to threads."""

    def __init__(self, place: Place) -> None:
        place.locks = place.locks if self._rooted(place) else defaultdict(threading.RLock)
        super().__init__(place)

    def _rooted(self, place: Place) -> bool:
        return getattr(place.locks, "default_factory", None) is threading.RLock


class Hasty(AcmeStore):
    """It reads the record before it holds the key."""

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[AcmeSlot]:
        """Looks first, as another does at the same time; then waits for the key."""
        before = self.read(key)
        with suppress(threading.BrokenBarrierError):
            self.place.meeting.wait(1)
        with super().exclusive(key, timeout=timeout) as slot:
            stale = before if slot.record else None
            yield StaleSlot(self, key, stale)


class StaleSlot(AcmeSlot):
    """A key that is held, with what was kept before it was."""

    def __init__(self, store: AcmeStore, key: str, before: TokenRecord | None) -> None:
        super().__init__(store, key)
        self._before = before

    @property
    def record(self) -> TokenRecord | None:
        """What was kept."""
        return self._before


class Small(AcmeStore):
    """It keeps what fits, and says nothing of the rest."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record without the fields that are too long for it."""
        fits = {name: value for name, value in record.extra.items() if len(str(value)) < 2000}
        super().write(key, attrs.evolve(record, extra=Extra(fits)))


class Curt(AcmeStore):
    """It refuses what is too large, and says no more."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record that is not too large."""
        if len(record.text().reveal()) > 2000:
            raise StoreError("it is too large")
        super().write(key, record)


class Clearing(AcmeStore):
    """It makes room first, and then looks whether the new record fits."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record that is not too large, and nothing where it is."""
        self.forget(key)
        if len(record.text().reveal()) > 2000:
            raise StoreError("it is too large", remedy="use the file store")
        super().write(key, record)


class Talkative(AcmeStore):
    """Its repr shows what it keeps."""

    def __repr__(self) -> str:
        texts = {key: text.reveal() for key, text in self.place.texts.items()}
        return f"AcmeStore({texts})"


class Provincial(AcmeStore):
    """Its keys are ASCII."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record under a key of plain letters."""
        key.encode("ascii")
        super().write(key, record)


class Rounding(AcmeStore):
    """It keeps whole seconds."""

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record with a rounder end."""
        ends = None if record.expires_at is None else float(round(record.expires_at))
        super().write(key, attrs.evolve(record, expires_at=ends))


class CaseBlind(AcmeStore):
    """To it, `a` and `A` are one key."""

    def read(self, key: str) -> TokenRecord | None:
        """What is kept under a key like this one."""
        return super().read(key.lower())

    def write(self, key: str, record: TokenRecord) -> None:
        """Keeps a record for all keys like this one."""
        super().write(key.lower(), record)

    def forget(self, key: str) -> None:
        """Removes the record of all keys like this one."""
        super().forget(key.lower())


BROKEN: tuple[tuple[str, type[AcmeStore]], ...] = (
    ("test_its_name_and_priority_are_static", Misnamed),
    ("test_its_name_and_priority_are_static", Unnumbered),
    ("test_its_name_and_priority_are_static", Drifting),
    ("test_it_says_that_it_can_be_used", Pessimist),
    ("test_it_says_that_it_can_be_used", Placeless),
    ("test_nothing_is_none", Inventive),
    ("test_what_is_kept_reads_back", Forgetful),
    ("test_what_is_kept_reads_back", Private),
    ("test_what_is_kept_reads_back", Dated),
    ("test_the_last_record_counts", Stubborn),
    ("test_what_is_deleted_is_gone", Hoarder),
    ("test_what_is_deleted_is_gone", Hiding),
    ("test_what_is_deleted_is_gone", Wistful),
    ("test_what_is_deleted_is_gone", Touchy),
    ("test_a_hold_sees_what_others_wrote", Remembering),
    ("test_one_holds_a_key", Unlocked),
    ("test_one_holds_a_key", OneLock),
    ("test_waiting_ends", Impatient),
    ("test_an_error_lets_go", Clinging),
    ("test_an_error_lets_go", Undoing),
    ("test_a_hold_may_end_on_another_thread", Rooted),
    ("test_nothing_is_lost_between_threads", Hasty),
    ("test_a_large_record_is_whole_or_refused", Small),
    ("test_a_large_record_is_whole_or_refused", Curt),
    ("test_a_large_record_is_whole_or_refused", Clearing),
    ("test_no_secret_shows", Talkative),
    ("test_every_record_under_every_key", Provincial),
    ("test_every_record_under_every_key", Rounding),
    ("test_it_agrees_with_a_model", CaseBlind),
)
"""Each check with a store that it catches."""
