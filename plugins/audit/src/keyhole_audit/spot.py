"""Where a value stands in a JSON text, so that it can be named and edited in place."""

from __future__ import annotations

from collections.abc import Iterator
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

import attrs

__all__ = ["Member", "Path", "leaves", "line_of", "member", "repeated"]

Path = tuple[str | int, ...]
"""The keys and the list positions that lead to a value."""

_BLANK = " \t\r\n"


@attrs.frozen
class Member:
    """A member of an object, or an element of a list, in a JSON text.

    Attributes:
        start: Where it begins: at its key, in an object.
        value: Where its value begins.
        end: Where its value ends.
        inside: Where the object or the list that holds it begins, at its bracket.
    """

    start: int
    value: int
    end: int
    inside: int


def member(text: str, path: Path) -> Member | None:
    """The place of a value in a text that is known to be JSON; None where it is not there.

    Of an object's members with one name the last counts, as for every reader of JSON.
    """
    found: Member | None = None
    spot = _skip_blank(text, 0)
    for key in path:
        inside = found.value if found else spot
        found = None
        for name, one in _members(text, inside):
            if name == key:
                found = one
        if found is None:
            return None
    return found


def line_of(text: str, path: Path) -> int | None:
    """The line of a value, counted from 1."""
    found = member(text, path)
    return None if found is None else text.count("\n", 0, found.start) + 1


def repeated(text: str) -> Path | None:
    """The way to a member of an object whose name another one has, too; None where all differ.

    Args:
        text: JSON.
    """
    waiting: list[tuple[Path, int]] = [((), _skip_blank(text, 0))]
    while waiting:
        path, inside = waiting.pop()
        names: set[str | int] = set()
        for name, one in _members(text, inside):
            if name in names:
                return (*path, name)
            names.add(name)
            waiting.append(((*path, name), one.value))
    return None


def leaves(data: Any) -> Iterator[tuple[Path, str]]:
    """Every text in parsed JSON with its path, in the order of the file."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*path, at), inner) for at, inner in reversed(list(enumerate(value)))]


def _members(text: str, inside: int) -> Iterator[tuple[str | int, Member]]:
    opening = text[inside : inside + 1]
    if opening not in ("{", "["):
        return
    spot = _skip_blank(text, inside + 1)
    at = 0
    while text[spot : spot + 1] not in ("}", "]", ""):
        start, key = spot, at
        if opening == "{":
            key, spot = scanstring(text, spot + 1, False)  # noqa: FBT003  # its only signature
            spot = _skip_blank(text, _skip_blank(text, spot) + 1)
        _, end = JSONDecoder(strict=False).raw_decode(text, spot)
        yield key, Member(start, spot, end, inside)
        spot = _skip_blank(text, end)
        if text[spot : spot + 1] == ",":
            spot = _skip_blank(text, spot + 1)
        at += 1


def _skip_blank(text: str, spot: int) -> int:
    while spot < len(text) and text[spot] in _BLANK:
        spot += 1
    return spot
