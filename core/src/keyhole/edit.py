"""Editing a JSON file so that everything but the one member stays as it is, byte for byte.

A member is put first in its object: then no other line changes, not even by a comma.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

from keyhole.errors import UsageError
from keyhole.frozen import frozen

__all__ = ["put", "remove", "span"]

_BLANK = re.compile(r"[ \t\r\n]*")
_MARGIN = re.compile(r"[ \t]*")
_INDENTED = re.compile(r"\n([ \t]+)\S")
_DEFAULT_INDENT = "  "


def span(text: str, keys: Sequence[str]) -> tuple[int, int] | None:
    """Where the value under a path of keys begins and ends; None where there is none.

    Of several members with one name the last counts, as for every reader of JSON.

    Args:
        text: A JSON object.
        keys: The path, from the outermost key to the innermost.

    Raises:
        UsageError: The text is no JSON object.
    """
    member = _found(_checked(text), keys)
    return None if member is None else (member.value_at, member.end)


def put(text: str, keys: Sequence[str], value: Any) -> str:
    r"""The text with a value under a path of keys; objects that are missing on the way are made.

    Args:
        text: A JSON object.
        keys: The path; at least one key.
        value: What JSON can hold.

    Returns:
        The same text where the value is there already. A new member is indented as its
        neighbours are, with the line ends (`\n`, `\r\n`) of the file.

    Raises:
        UsageError: The text is no JSON object, or something on the path holds no object.
    """
    spot = _start(_checked(text))
    for depth, key in enumerate(keys, start=1):
        member = _last(_members(text, spot), key)
        if member is None:
            return _inserted(text, spot, key, _nested(keys[depth:], value))
        if depth == len(keys):
            return _replaced(text, member, value)
        spot = member.value_at
    raise UsageError("a path of keys is empty")


def remove(text: str, keys: Sequence[str]) -> str:
    """The text without the members of that name; the same text where there are none.

    Args:
        text: A JSON object.
        keys: The path; at least one key.

    Raises:
        UsageError: The text is no JSON object.
    """
    while (member := _found(_checked(text), keys)) is not None:
        text = _without(text, member)
    return text


@frozen
class _Member:
    """Where a member of an object stands: key, value, and what follows it."""

    name: str
    key_at: int
    key_end: int
    value_at: int
    end: int
    opened_at: int
    previous_end: int | None
    next_at: int


def _checked(text: str) -> str:
    """A text that the scanner below can walk through without another check."""
    try:
        whole = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        # Raised out here: the decoder's own error carries the whole text.
        raise UsageError("only a JSON object can be edited")
    return text


def _found(text: str, keys: Sequence[str]) -> _Member | None:
    spot, member = _start(text), None
    for key in keys:
        member = _last(_members(text, spot), key) if text[spot] == "{" else None
        if member is None:
            return None
        spot = member.value_at
    return member


def _last(members: Sequence[_Member], name: str) -> _Member | None:
    return next((member for member in reversed(members) if member.name == name), None)


def _members(text: str, opened_at: int) -> list[_Member]:
    """The members of the object that begins at a spot, in their order.

    Raises:
        UsageError: No object begins there.
    """
    if text[opened_at] != "{":
        raise UsageError("what stands where an object belongs is none")
    members: list[_Member] = []
    key_at, previous_end = _after_blank(text, opened_at + 1), None
    while text[key_at] == '"':
        name, key_end = scanstring(text, key_at + 1, False)  # noqa: FBT003  # its only signature
        value_at = _after_blank(text, _after_blank(text, key_end) + 1)
        end = _end_of(text, value_at)
        follows = _after_blank(text, end)
        next_at = _after_blank(text, follows + 1) if text[follows] == "," else follows
        members.append(
            _Member(name, key_at, key_end, value_at, end, opened_at, previous_end, next_at)
        )
        key_at, previous_end = next_at, end
    return members


def _inserted(text: str, opened_at: int, key: str, value: Any) -> str:
    """The text with a new first member in the object that begins at a spot."""
    members = _members(text, opened_at)
    if not members:
        return _first_inserted(text, opened_at, key, value)
    first = members[0]
    gap = text[opened_at + 1 : first.key_at]
    colon = text[first.key_end : first.value_at]
    between = gap or " " * (colon != ":")
    member = f"{_dumped(key)}{colon}{_rendered(text, first.key_at, value)}"
    return f"{text[: first.key_at]}{member},{between}{text[first.key_at :]}"


def _first_inserted(text: str, opened_at: int, key: str, value: Any) -> str:
    """The only member of an object; on a line of its own, unless the whole file is one line."""
    margin = _matched(_MARGIN, text, text.rfind("\n", 0, opened_at) + 1)
    closed_at = _after_blank(text, opened_at + 1)
    if "\n" not in text.strip() and opened_at > _start(text):
        member = f"{_dumped(key)}: {_dumped(value)}"
        return f"{text[: opened_at + 1]}{member}{text[closed_at:]}"
    newline, indent = _newline(text), _indent(text)
    inner = newline + margin + indent
    member = f"{_dumped(key)}: {_dumped(value, indent).replace(chr(10), inner)}"
    return f"{text[: opened_at + 1]}{inner}{member}{newline}{margin}{text[closed_at:]}"


def _replaced(text: str, member: _Member, value: Any) -> str:
    old = json.loads(text[member.value_at : member.end], strict=False)
    if json.dumps(old, sort_keys=True) == json.dumps(value, sort_keys=True):
        return text
    new = _rendered(text, member.key_at, value)
    return f"{text[: member.value_at]}{new}{text[member.end :]}"


def _without(text: str, member: _Member) -> str:
    """The text without a member, its comma and the blanks that belonged to it."""
    if text[member.next_at] == '"':
        return text[: member.key_at] + text[member.next_at :]
    if member.previous_end is not None:
        return text[: member.previous_end] + text[member.end :]
    return text[: member.opened_at + 1] + text[member.next_at :]


def _rendered(text: str, key_at: int, value: Any) -> str:
    """A value as it stands after a key: on several lines where the key begins a line."""
    line_at = text.rfind("\n", 0, key_at) + 1
    margin = text[line_at:key_at]
    if margin.strip(" \t"):
        return _dumped(value)
    lines = _dumped(value, _indent(text)).split("\n")
    return f"{_newline(text)}{margin}".join(lines)


def _dumped(value: Any, indent: str | None = None) -> str:
    plain = json.dumps(value, ensure_ascii=False, indent=indent)
    # Half a character (a lone surrogate) can be written in JSON, but only as an escape.
    return plain if _is_unicode(plain) else json.dumps(value, indent=indent)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nested(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _start(text: str) -> int:
    return _after_blank(text, 0)


def _after_blank(text: str, spot: int) -> int:
    return spot + len(_matched(_BLANK, text, spot))


def _end_of(text: str, value_at: int) -> int:
    try:
        return JSONDecoder(strict=False).raw_decode(text, value_at)[1]
    except RecursionError:
        pass
    raise UsageError("what is nested too deeply can't be edited")


def _matched(pattern: re.Pattern[str], text: str, spot: int) -> str:
    found = pattern.match(text, spot)
    return found[0] if found else ""


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indent(text: str) -> str:
    """What one level of the file is indented by."""
    indented = _INDENTED.search(text)
    return indented[1] if indented else _DEFAULT_INDENT
