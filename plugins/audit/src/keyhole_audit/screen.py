"""A report as a person reads it, and as JSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from keyhole import Machine, Severity
from keyhole.redaction import printable
from keyhole_audit.flagged import Flagged, Report

__all__ = ["as_json", "render", "shortened"]

_COLOURS = {Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}
_INDENT = "    "


def render(report: Report, machine: Machine, columns: int) -> str:
    """The whole report; click removes the colours where nobody sees them.

    Args:
        report: The report.
        machine: Whose folders paths are shortened by.
        columns: How wide to write.
    """
    blocks = [_block(one, machine, columns) for one in report.flagged]
    if report.excepted:
        blocks.append("\n".join(_excepted(report, machine)))
    if report.problems:
        said = [_filled(f"! {printable(problem)}", columns, "  ") for problem in report.problems]
        blocks.append("\n".join([click.style("Not audited", bold=True, fg="red"), *said]))
    return "\n\n".join([*blocks, _summary(report)])


def as_json(report: Report) -> str:
    """The report as JSON; docs/reference/audit.md has its fields."""
    return json.dumps(
        {
            "version": 1,
            "clean": report.is_clean,
            "notices": [_fields(one) for one in report.flagged],
            "excepted": [
                {**_fields(one.flagged), "reason": one.reason, "by": one.by}
                for one in report.excepted
            ],
            "problems": list(report.problems),
            "looked_at": len(report.looked_at),
        },
        indent=2,
    )


def shortened(text: str, machine: Machine) -> str:
    """Paths below the start folder, or below the home folder, where they begin a word."""
    for folder, short in ((machine.cwd, ""), (machine.home, "~/")):
        if folder != Path(folder.anchor):
            text = re.sub(rf"(?<![^\s(`]){re.escape(str(folder))}/", short, text)
    return text


def _fields(flagged: Flagged) -> Mapping[str, Any]:
    check, notice = flagged.check, flagged.notice
    return {
        "code": check.code,
        "severity": check.severity.value,
        "title": check.title,
        "place": notice.where.place,
        "line": notice.where.line,
        "key": notice.where.key or None,
        "problem": notice.problem,
        "remedy": notice.remedy,
    }


def _block(flagged: Flagged, machine: Machine, columns: int) -> str:
    check, notice = flagged.check, flagged.notice
    place = shortened(printable(str(notice.where)), machine)
    severity = click.style(f"{check.code} {check.severity.value}", fg=_COLOURS[check.severity])
    return "\n".join(
        [
            f"{click.style(place, bold=True)}  {severity}",
            _filled(printable(f"{notice.problem}."), columns, _INDENT),
            _filled(shortened(printable(f"do this: {notice.remedy}"), machine), columns, _INDENT),
        ]
    )


def _excepted(report: Report, machine: Machine) -> Iterator[str]:
    yield click.style("Excepted", bold=True)
    for one in report.excepted:
        place = shortened(printable(str(one.flagged.notice.where)), machine)
        by = shortened(printable(one.by), machine)
        yield f"  {one.flagged.check.code} {place}: {printable(one.reason)} ({by})"


def _summary(report: Report) -> str:
    count = len(report.looked_at)
    files = "1 file" if count == 1 else f"{count} files"
    if report.is_clean:
        return click.style(f"Nothing to do. {files} looked at.", fg="green")
    by_severity = ", ".join(
        f"{number} {severity.value}"
        for severity in Severity
        if (number := sum(one.check.severity is severity for one in report.flagged))
    )
    total = len(report.flagged)
    found = f"{total} {'notice' if total == 1 else 'notices'}"
    return f"{found}{f' ({by_severity})' if by_severity else ''}. {files} looked at."


def _filled(text: str, columns: int, indent: str) -> str:
    return textwrap.fill(
        text,
        columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
