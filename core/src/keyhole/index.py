"""Which key is kept in which store: without secrets, one small file for each key.

Keyrings can't be enumerated, and looking at a machine must not open one: so `status` reads this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

from keyhole.document import Document, parse
from keyhole.errors import StoreError
from keyhole.files import Files
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.records import Records

__all__ = ["KIND", "Entry", "Index", "entry_of"]

KIND = "token-index"
"""The kind of keyhole's records that the index is made of.

The file store names its files alike, in `tokens`: on Windows, and wherever the state and the data
folder are one, they must not meet.
"""


@frozen
class Entry:
    """What is known of a key without asking its store.

    Attributes:
        key: The key.
        store: The name of the store that it is bound to.
        about: What it is for, as a person would say it.
        expires_at: The end, in seconds since the epoch by the clock of who issued it.
        renewable: Whether it can be renewed without a person.
        dead: Why only a new login helps; empty while it lives.
        saved_at: When it was last written, in seconds since the epoch.
        skew: How many seconds the issuer's clock is ahead of this machine's.
        moving: The store that it is being moved to.
        leftover: A store that may still hold a copy, because a move was interrupted.
    """

    key: str
    store: str
    about: str = ""
    expires_at: float | None = None
    renewable: bool = False
    dead: str = ""
    saved_at: float = 0.0
    skew: float = 0.0
    moving: str = ""
    leftover: str = ""

    @property
    def ends_at(self) -> float | None:
        """The end by this machine's clock, in seconds since the epoch."""
        return None if self.expires_at is None else self.expires_at - self.skew


@final
class Index:
    """The entries of one user.

    Args:
        records: Where they are kept.
        files: What reads them, anew each time.
        host: What writes them.
    """

    def __init__(self, records: Records, files: Files, host: Host) -> None:
        self._records = records
        self._files = files
        self._host = host

    def get(self, key: str) -> Entry | None:
        """The entry of a key; None where there is none.

        Raises:
            StoreError: There is one, and it can't be read. Another store than the one that it
                names must not be taken for the key's.
        """
        document = parse(self._files.read(self._records.path(key)))
        if problem := _problem(document):
            raise _damaged(document.place, problem)
        return _entry(document)

    def entries(self) -> tuple[Entry, ...]:
        """All entries that can be read, sorted by what they are for."""
        found = map(_entry, self._documents())
        return tuple(sorted(filter(None, found), key=lambda entry: (entry.about, entry.key)))

    def damaged(self) -> tuple[StoreError, ...]:
        """What is wrong with each of those that can't be read."""
        found = ((document.place, _problem(document)) for document in self._documents())
        return tuple(_damaged(place, problem) for place, problem in found if problem)

    def put(self, entry: Entry) -> None:
        """Keeps an entry, over an older one.

        Raises:
            RecordError: It can't be written.
        """
        self._records.write(self._host, entry.key, {name: getattr(entry, name) for name in _TYPES})

    def remove(self, key: str) -> None:
        """Forgets a key.

        Raises:
            RecordError: The file can't be removed.
        """
        self._records.remove(self._host, key)

    def _documents(self) -> Iterator[Document]:
        return (parse(self._files.read(path)) for path in self._records.paths(self._files))


def entry_of(machine: Machine, key: str, *, strict: bool = False) -> Entry | None:
    """The entry of a key as a machine has it: what a source may look at in `find`.

    Args:
        machine: The machine.
        key: The key.
        strict: Whether one that can't be read is an error. Else it is none: for who only shows
            what is known, and leaves it to the reading of the token to fail.

    Raises:
        StoreError: There is one, it can't be read, and that matters.
    """
    document = machine.decision(KIND, key)
    if strict and (problem := _problem(document)):
        raise _damaged(document.place, problem)
    return _entry(document)


def _entry(document: Document) -> Entry | None:
    """The entry in a file; None where there is none, or it can't be read."""
    return None if document.missing or _problem(document) else Entry(**_known(document))


def _problem(document: Document) -> str:
    """Why an entry can't be relied on, as the rest of "the file …"; empty where it can."""
    known = _known(document)
    if document.missing or document.problem:
        return document.problem
    if document.exposed:
        return "can be written by everybody"
    if not {"key", "store"} <= known.keys():
        return "does not say which store it is about"
    wrong = [name for name, value in known.items() if not isinstance(value, _TYPES[name])]
    return f"has a wrong value at {wrong[0]}" if wrong else ""


def _known(document: Document) -> Mapping[str, Any]:
    data: Mapping[str, Any] = document.data
    return {name: data[name] for name in _TYPES if name in data}


def _damaged(place: str, problem: str) -> StoreError:
    return StoreError(
        f"the index does not say where a token is kept: the file {problem}",
        where=place,
        remedy="mend that file; or remove it, and name the store that has the token in "
        "[stores] use: there it is found again, and elsewhere only a new login helps",
    )


_TYPES: Mapping[str, tuple[type, ...]] = {
    "key": (str,),
    "store": (str,),
    "about": (str,),
    "expires_at": (int, float, type(None)),
    "renewable": (bool,),
    "dead": (str,),
    "saved_at": (int, float),
    "skew": (int, float),
    "moving": (str,),
    "leftover": (str,),
}
