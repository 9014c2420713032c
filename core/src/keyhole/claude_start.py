"""How `claude` is started: what of its command line decides about credentials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

from keyhole.frozen import frozen

__all__ = ["Start"]

_PRINTS = re.compile(r"--print|-[a-z]*p[a-z]*")


@frozen
class Start:
    """What a command line says.

    Attributes:
        bare: `--bare`.
        prints: `-p`: it answers and ends, and asks nobody anything.
        settings: What `--settings` is given.
        sources: Whose settings `--setting-sources` leaves: "user", "project", "local"; None all.
    """

    bare: bool = False
    prints: bool = False
    settings: str | None = None
    sources: frozenset[str] | None = None

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Self:
        """What the arguments of `claude` say, in either spelling of an option with a value."""
        sources = _value(arguments, "--setting-sources")
        return cls(
            bare="--bare" in arguments,
            prints=any(_PRINTS.fullmatch(argument) for argument in arguments),
            settings=_value(arguments, "--settings"),
            sources=None
            if sources is None
            else frozenset(part.strip() for part in sources.split(",")),
        )


def _value(arguments: Sequence[str], option: str) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == option and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return None
