"""A transcript: what was typed behind each `$`, and what the terminal answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

__all__ = ["Step", "fits", "steps"]

_HERE = re.compile(r"<<\s*'?(\w+)'?")


@attrs.frozen
class Step:
    """One command line.

    Attributes:
        command: What is typed, without the prompt; several lines where it holds a here-document.
        shown: What the page says that it answers; empty where the page does not say.
    """

    command: str
    shown: str


def steps(text: str) -> Iterator[Step]:
    """The command lines of a transcript, in order."""
    lines = text.splitlines()
    assert lines, "an empty transcript"
    assert lines[0].startswith("$ "), f"a transcript begins with '$ ', not with {lines[0]!r}"
    while lines:
        command = _command(lines)
        shown: list[str] = []
        while lines and not lines[0].startswith("$ "):
            shown.append(lines.pop(0))
        yield Step(command, "\n".join(shown).strip("\n"))


def _command(lines: list[str]) -> str:
    typed = [lines.pop(0).removeprefix("$ ")]
    while typed[-1].endswith("\\"):
        typed.append(lines.pop(0).removeprefix("> "))
    if here := _HERE.search(typed[0]):
        while typed[-1] != here[1]:
            typed.append(lines.pop(0))
    return "\n".join(typed)


def fits(shown: str, said: str) -> bool:
    """Whether a terminal said what a page shows; `…` stands for anything.

    Where lines break does not count: that depends on how long the path of the home folder is.
    """
    pattern = ".*".join(_words(part) for part in shown.split("…"))
    return re.fullmatch(pattern, _flat(said), re.DOTALL) is not None


def _words(part: str) -> str:
    """A part between two `…`; white space at its ends is loose, since `…` may stand for nothing."""
    inner = re.escape(_flat(part))
    return f"{' ?' if part[:1].isspace() else ''}{inner}{' ?' if part[-1:].isspace() else ''}"


def _flat(text: str) -> str:
    return " ".join(text.split())
