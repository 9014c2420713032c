"""A secret that stands in a file as it is, and how its place is named."""

from __future__ import annotations

import enum

import attrs

from keyhole import Seen, Where
from keyhole.redaction import printable
from keyhole_audit import spot
from keyhole_audit.find.hit import Hit
from keyhole_audit.find.shapes import shaped

__all__ = ["Literal", "Slot", "dotted", "masked"]


class Slot(enum.Enum):
    """In what part of a file a secret stands."""

    ENV = "env"
    COMMAND = "command"
    RULE = "rule"
    HEADER = "header"
    ARGUMENT = "argument"
    URL = "url"
    CLIENT = "client"
    LINE = "line"
    OTHER = "other"


@attrs.frozen
class Literal:
    """A secret in a file.

    Attributes:
        file: The file.
        slot: In what part of it.
        hit: The secret, by its place in the value (or in the line) that holds it.
        path: The keys that lead to the value, in JSON.
        line: The line, counted from 1; None where it is not known.
    """

    file: Seen
    slot: Slot
    hit: Hit
    path: spot.Path = ()
    line: int | None = None

    @property
    def where(self) -> Where:
        """The place, in the words in which a person would look for it."""
        return Where(masked(str(self.file.path)), dotted(self.path), self.line)

    @property
    def name(self) -> str:
        """What it stands under; the last key, where nothing nearer says."""
        last = self.path[-1] if self.path else ""
        return masked(self.hit.name or (last if isinstance(last, str) else ""))


def dotted(path: spot.Path) -> str:
    """A path of keys as a person writes it: `permissions.allow[3]`."""
    said = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return masked(said.removeprefix("."))


def masked(text: str) -> str:
    """A name (of a key, of a file) that may itself be, or hold, a secret."""
    for hit in shaped(text):
        text = text.replace(hit.secret.reveal(), "****")
    return printable(text)
