"""How `claude` is started: what of its command line decides about credentials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

from keyhole.frozen import frozen
from keyhole.settings import Scope

__all__ = ["Start"]

_SUBCOMMANDS = frozenset(
    {
        *("--help", "--version", "-h", "-v"),
        *(
            "agents",
            "auth",
            "config",
            "doctor",
            "install",
            "mcp",
            "plugin",
            "setup-token",
            "update",
        ),
    }
)
"""First words with which it asks no model."""

_PRINTS = re.compile(r"--print|-[a-z]*p[a-z]*")


@frozen
class Start:
    """What a command line says.

    Attributes:
        bare: `--bare`.
        prints: `-p`: it answers and ends, and asks nobody anything.
        settings: What `--settings` is given.
        sources: Whose settings `--setting-sources` leaves: "user", "project", "local"; None all.
        first: The first argument; empty if there is none.
    """

    bare: bool = False
    prints: bool = False
    settings: str | None = None
    sources: frozenset[str] | None = None
    first: str = ""

    @property
    def asks(self) -> bool:
        """Whether it is a session that asks a person about a key that it does not know."""
        return not self.prints and self.first not in _SUBCOMMANDS

    def reads(self, scope: Scope | None) -> bool:
        """Whether it reads settings of a scope; an administrator's are always read."""
        if self.sources is None or scope not in (Scope.USER, Scope.PROJECT, Scope.LOCAL):
            return True
        return scope.value in self.sources

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
            first=arguments[0] if arguments else "",
        )


def _value(arguments: Sequence[str], option: str) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == option and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return None
