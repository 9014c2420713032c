"""What changes in somebody's JSON file, fit for a screen."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator

from keyhole.redaction import MASK, asks_for_secret, printable, redact
from keyhole.secret import Secret

__all__ = ["difference", "lookalikes"]

_SCHEME = re.compile(r"[A-Za-z]+ +\S+$")
"""Of a header's value the scheme is no secret."""
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?')


def difference(
    old: str | None, new: str, place: str, secrets: Callable[[str, str], Iterable[str]]
) -> Iterator[str]:
    """What changes, line by line; what stands around it is nobody's business.

    Of a secret its last characters show, and all else of its line stays as it is in the file.

    Args:
        old: What the file holds; None where there is none.
        new: What it is to hold.
        place: What the file is called.
        secrets: What is secret in a text of the file, given the name that it stands under ("" for
            none, or on another line) and the text.
    """
    before = [] if old is None else old.splitlines()
    for line in difflib.unified_diff(before, new.splitlines(), place, place, n=0, lineterm=""):
        yield printable(_without(line, secrets))


def lookalikes(name: str, text: str) -> tuple[str, ...]:
    """What looks like a secret in a text, for who knows no better."""
    if _asks(name) and not _SCHEME.match(text):
        return (text,)
    line = f"{name}: {text}" if name else text
    kept = redact(line).split(MASK)
    parts = re.fullmatch("(.+?)".join(map(re.escape, kept)), line, re.DOTALL)
    found: tuple[str, ...] = parts.groups() if parts else (text,)
    # What begins in the name and ends in the text is in neither of them.
    return found if all(one in name or one in text for one in found) else (text,)


def _asks(name: str) -> bool:
    """Whether what stands under a name, or behind an option, is a secret."""
    return bool(name) and asks_for_secret(f"{name} " if name.startswith("-") else f"{name}: ")


def _without(line: str, secrets: Callable[[str, str], Iterable[str]]) -> str:
    name = ""

    def hidden(string: re.Match[str]) -> str:
        nonlocal name
        spelled, colon = string.groups(default="")
        text = masked = _read(spelled)
        # The longest first: where one begins with another, the rest of it would be left.
        for secret in sorted(filter(None, secrets("" if colon else name, text)), key=len)[::-1]:
            masked = masked.replace(secret, f"{MASK}{Secret(secret).ending()}")
        # In a list, what stands behind an option belongs to it.
        name = text if colon or (text.startswith("-") and _asks(text)) else ""
        if masked == text:
            return string[0]
        return f"{json.dumps(masked, ensure_ascii=False)}{colon}"

    return _STRING.sub(hidden, line)


def _read(spelled: str) -> str:
    try:
        return str(json.loads(f'"{spelled}"', strict=False))
    except ValueError:
        return spelled
