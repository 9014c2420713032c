"""Exceptions: in the line itself, in the project's file, in keyhole's configuration.

A clone must not excuse itself from what endangers whoever works in it, so that KH2xx, KH507 and
KH508 are excepted only by the user: in the configuration, or with `--ignore`.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from keyhole import Check, Machine, Notice, Severity, View, Where
from keyhole_audit.checks.rule import Rule
from keyhole_audit.flagged import Excepted, Flagged
from keyhole_audit.options import EXCEPTIONS, Exempt, exceptions_of

__all__ = ["PROJECT_FILE", "Exceptions", "unreasoned"]

PROJECT_FILE = ".keyhole-audit.toml"

_INLINE = re.compile(r"keyhole:\s*ignore\[([A-Z0-9, ]+)\]\s*(.*?)\s*(?:-->|\*/)?\s*$")
_THE_USERS = ("KH2", "KH507", "KH508")


@attrs.frozen
class Exceptions:
    """All exceptions that count for a machine.

    Attributes:
        machine: Reads the lines.
        configured: Those of keyhole's configuration.
        project: Those of the project's file.
        place: Where the project's file is.
        problem: What is wrong with it; empty where nothing is.
    """

    machine: Machine
    configured: Sequence[Exempt]
    project: Sequence[Exempt] = ()
    place: Path = Path(PROJECT_FILE)
    problem: str = ""

    @classmethod
    def of(cls, machine: Machine, folder: Path) -> Exceptions:
        """The exceptions for a machine, with those of a folder's own file.

        Raises:
            ConfigError: The configuration has one that is not allowed.
        """
        place = folder / PROJECT_FILE
        project, problem = _read(machine, place)
        return cls(machine, machine.config.get(EXCEPTIONS), project, place, problem)

    def excepted(self, flagged: Flagged) -> Excepted | None:
        """The exception that covers a notice; None where none does."""
        for exempt in self.configured:
            if _covers(exempt, flagged):
                return Excepted(flagged, exempt.reason, "the configuration")
        if flagged.check.code.startswith(_THE_USERS):
            return None
        for exempt in self.project:
            if _covers(exempt, flagged, below=self.place.parent):
                return Excepted(flagged, exempt.reason, str(self.place))
        reason = _inline(self.machine, flagged.notice.where, flagged.check.code)
        return Excepted(flagged, reason, "the line itself") if reason else None


def unreasoned() -> Check:
    """KH001: an exception in a line that gives no reason, and counts for nothing."""
    return Rule("KH001", Severity.LOW, "an exception without a reason", _unreasoned)


def _unreasoned(view: View) -> Iterator[Notice]:
    for seen in view.files:
        for number, line in enumerate(_lines(view.machine, seen.path), start=1):
            said = _INLINE.search(line) if "keyhole:" in line else None
            if said and not said[2]:
                problem = "the exception gives no reason, and counts for nothing"
                remedy = "write why behind it: keyhole: ignore[CODE] reason"
                yield Notice(Where(str(seen.path), line=number), problem, remedy)


def _inline(machine: Machine, where: Where, code: str) -> str:
    """The reason in the line of a place, or in a comment line above it; empty if none."""
    if where.line is None:
        return ""
    lines = _lines(machine, Path(where.place))
    for number in (where.line, where.line - 1):
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        said = _INLINE.search(line)
        alone = number == where.line or line.lstrip().startswith(("#", "//", "<!--"))
        if said and alone and any(code.startswith(one) for one in _codes(said[1])):
            return said[2]
    return ""


def _codes(listed: str) -> list[str]:
    return [code.strip() for code in listed.split(",") if code.strip()]


def _lines(machine: Machine, path: Path) -> list[str]:
    content = machine.text(path).content
    return content.reveal().split("\n") if content else []


def _covers(exempt: Exempt, flagged: Flagged, *, below: Path | None = None) -> bool:
    if not flagged.check.code.startswith(exempt.code):
        return False
    place = Path(flagged.notice.where.place)
    if below is not None:
        if below not in place.parents:
            return False
        place = place.relative_to(below)
    return not exempt.path or fnmatch.fnmatchcase(place.as_posix(), exempt.path)


def _read(machine: Machine, place: Path) -> tuple[Sequence[Exempt], str]:
    text = machine.text(place)
    if text.content is None:
        return (), f"the file {text.problem}" if text.problem else ""
    try:
        table = tomllib.loads(text.content.reveal())
    except (ValueError, RecursionError):
        return (), "it is not valid TOML, so that nothing in it counts"
    made = exceptions_of(table.get("exception", []))
    if made is None or table.keys() - {"exception"}:
        return (), "it may hold only [[exception]] with code, reason and perhaps path"
    return made, ""
