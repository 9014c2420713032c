"""A record in the items of a keyring, written so that a torn write is never read as a record.

A small record is one item, the head. Of a large one the head says how many parts there are, of
which generation, and the digest of the whole. A new record's parts are written under the other
generation, then the head, and last the old parts are removed: at each instant the head names parts
that are all there. Parts are written upwards and removed downwards, so that those of a generation
always are numbers 0 to n, and leftovers of a killed process can be found.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from secrets import token_hex
from typing import Any, Protocol, final

import attrs

from keyhole import Secret
from keyhole.errors import DamagedError, StoreError
from keyhole.frozen import evolve, field, frozen

__all__ = ["Items", "Keyring"]

_USER = "keyhole"
_GENERATIONS = ("a", "b")
_READS = 8
"""How often a head that changes while its parts are read is read anew."""


class Keyring(Protocol):
    """What is asked of a keyring.

    Each item has a service name of its own: where several users share a service name, Windows
    moves them between items, and two writers could lose one.
    """

    def get_password(self, service: str, username: str, /) -> str | None:
        """What is kept, or None."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keeps it."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Removes what is kept."""


@frozen
class _Head:
    """The first item.

    Attributes:
        text: The record, where it fits in one item.
        generation: Whose parts hold it otherwise.
        parts: How many.
        digest: SHA-256 of what they hold together.
        writing: Another for each writing, so that writing the same text anew shows.
    """

    text: str | None = field(default=None, repr=False)
    generation: str = ""
    parts: int = 0
    digest: str = ""
    writing: str = field(factory=lambda: token_hex(8))

    def raw(self) -> str:
        """What the item holds."""
        return json.dumps(attrs.asdict(self))


@final
class Items:
    """The items of one key.

    Args:
        keyring: Where they are.
        key: Any text; only its digest goes into names, which have limits of length and case.
        size: How many characters fit into one item.
        where: The name of the keyring.
    """

    def __init__(self, keyring: Keyring, key: str, size: int, where: str) -> None:
        self._keyring = keyring
        self._name = f"keyhole:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
        self._size = size
        self._where = where

    def read(self) -> Secret | None:
        """The text that is kept, or None where there is none.

        Raises:
            DamagedError: What is there is not whole, or not keyhole's.
        """
        for _ in range(_READS):
            head = self._get(self._name)
            if head is None:
                return None
            text = self._whole(self._parsed(head))
            if text is not None:
                return Secret(_decoded(text))
            if self._get(self._name) == head:
                break  # no other replaced it meanwhile
        raise self._damaged()

    def write(self, text: Secret) -> None:
        """Keeps a text in the place of what is there."""
        encoded = b64encode(text.reveal().encode("utf-8", "surrogatepass")).decode()
        small = _Head(encoded).raw()
        raw = small if len(small) <= self._size else self._write_parts(encoded).raw()
        self._set(self._name, raw)

    def tidy(self) -> None:
        """Removes the parts that the head doesn't name."""
        raw = self._get(self._name)
        head = _Head() if raw is None else self._parsed(raw)
        for generation in _GENERATIONS:
            self._remove(generation, head.parts if generation == head.generation else 0)

    def delete(self) -> None:
        """Removes all of them."""
        if self._get(self._name) is not None:
            self._keyring.delete_password(self._name, _USER)
        self.tidy()

    def _write_parts(self, encoded: str) -> _Head:
        generation = self._free_generation()
        parts = [encoded[at : at + self._size] for at in range(0, len(encoded), self._size)]
        for number, part in enumerate(parts):
            self._set(self._part(generation, number), part)
        return _Head(None, generation, len(parts), _digest(encoded))

    def _free_generation(self) -> str:
        raw = self._get(self._name)
        try:
            taken = self._parsed(raw).generation if raw else ""
        except StoreError:
            taken = ""  # what is damaged may be replaced
        return next(name for name in _GENERATIONS if name != taken)

    def _whole(self, head: _Head) -> str | None:
        """The text that a head stands for; None if its parts are not all there."""
        if head.text is not None:
            return head.text
        parts = [self._get(self._part(head.generation, at)) for at in range(head.parts)]
        text = "".join(part or "" for part in parts)
        return text if _digest(text) == head.digest else None

    def _remove(self, generation: str, first: int) -> None:
        end = first
        while self._get(self._part(generation, end)) is not None:
            end += 1
        for number in reversed(range(first, end)):
            self._keyring.delete_password(self._part(generation, number), _USER)

    def _parsed(self, raw: str) -> _Head:
        try:
            fields: dict[str, Any] = json.loads(raw)
            return evolve(_Head(), **fields)
        except (ValueError, TypeError, AttributeError):
            raise self._damaged() from None

    def _part(self, generation: str, number: int) -> str:
        return f"{self._name}:{generation}{number}"

    def _get(self, name: str) -> str | None:
        return self._keyring.get_password(name, _USER)

    def _set(self, name: str, text: str) -> None:
        self._keyring.set_password(name, _USER, text)

    def _damaged(self) -> StoreError:
        return DamagedError(
            "what is kept here is not whole",
            where=f"{self._where}, {self._name}",
            remedy="remove the items of this name in the keyring's own program, and log in again",
        )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _decoded(text: str) -> str:
    return b64decode(text).decode("utf-8", "surrogatepass")
