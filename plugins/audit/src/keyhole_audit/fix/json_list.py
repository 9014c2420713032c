"""Editing a list in a JSON text, so that everything else stays as it is, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Sequence

from keyhole_audit import spot

__all__ = ["prepend", "without"]


def without(text: str, path: spot.Path) -> str:
    """The text without one element of a list, its comma and the blanks that belonged to it.

    Args:
        text: JSON.
        path: The way to the element; its last part is the position.
    """
    element = spot.member(text, path)
    position = path[-1]
    if element is None or not isinstance(position, int):
        return text
    following = spot.member(text, (*path[:-1], position + 1))
    if following:
        return text[: element.start] + text[following.start :]
    previous = spot.member(text, (*path[:-1], position - 1))
    begin = previous.end if previous else element.inside + 1
    # The last of several takes the comma before it along; an only one all that is around it.
    end = element.end if previous else text.index("]", element.end)
    return text[:begin] + text[end:]


def prepend(text: str, path: spot.Path, items: Sequence[str]) -> str:
    """The text with texts put before the first element of a list.

    Args:
        text: JSON.
        path: The way to the list.
        items: The texts.
    """
    first = spot.member(text, (*path, 0))
    held = spot.member(text, path)
    if held is None:
        return text
    begin = held.value + 1
    blank = text[begin : first.start] if first else ""
    written = f",{blank or ' '}".join(json.dumps(item) for item in items)
    follows = f",{blank or ' '}" if first else ""
    return f"{text[:begin]}{blank}{written}{follows}{text[begin + len(blank) :]}"
