"""A survey as a person reads it on a terminal."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from keyhole import policy, report
from keyhole.cli.ink import style
from keyhole.frozen import frozen
from keyhole.moment import moment
from keyhole.resolver import Resolution, Verdict
from keyhole.source import Broken, Detail, Found
from keyhole.walk import Survey
from keyhole.wire import HEADERS

if TYPE_CHECKING:
    from keyhole.verify import Verification

__all__ = ["render", "width"]

_COLOURS = {"active": "green", "broken": "red", "ignored": "yellow", "shadowed": "cyan"}
_LABEL = 10
_NARROW = 40


def width() -> int:
    """How wide to write: the terminal, within what reads well."""
    return max(_NARROW, min(_columns(), 120))


def _columns() -> int:
    """As `shutil.get_terminal_size` finds them; that module brings three compressors with it."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 100  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 100


def render(survey: Survey, columns: int, verification: Verification | None = None) -> str:
    """The whole screen; `show` removes the colours where nobody sees them."""
    resolution, paper = survey.resolution, _Paper(columns, survey.machine.home)
    blocks = [
        _active(resolution.active, paper) if resolution.active else _lacking(survey, paper),
        _unexpected(survey, paper),
        _asked(verification, paper) if resolution.active else "",
        _others(resolution, paper),
        _claude_code(survey, paper),
        _list("Warnings", survey.warnings, paper),
        _list("Plugins with problems", _problems(survey), paper),
    ]
    return "\n\n".join(block for block in blocks if block)


@frozen
class _Paper:
    """What is written on: how wide it is, and which folder is called `~` there."""

    columns: int
    home: Path

    def filled(self, text: str, first: str = "", rest: str = "") -> str:
        """A text in lines that fit; the first begins with one thing and the others with another."""
        return textwrap.fill(
            self._shortened(text),
            self.columns,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _shortened(self, text: str) -> str:
        """Paths below the home folder, where they begin a word; nothing else that looks alike."""
        if self.home == self.home.parent:
            return text
        return re.sub(rf"(?<![^\s(`]){re.escape(str(self.home))}/", "~/", text)


def _lacking(survey: Survey, paper: _Paper) -> str:
    # Most machines have a credential.
    from keyhole.lack import lack

    why = lack(survey)
    rows = [("where", str(why.where or "")), ("do this", why.remedy)]
    title = paper.filled(f"{why.problem[0].upper()}{why.problem[1:]}.")
    lines = [style(title, fg="red", bold=True)]
    return "\n".join([*lines, *(_row(*row, _LABEL, paper) for row in rows if row[1])])


def _asked(verification: Verification | None, paper: _Paper) -> str:
    if verification is None:
        return ""
    said = verification.said
    return paper.filled(f"Not{said[3:]}" if said.startswith("not asked") else f"Asked: {said}")


def _active(verdict: Verdict, paper: _Paper) -> str:
    finding = verdict.finding
    broken = not isinstance(finding, Found) or finding.usable is False
    mark, colour = ("✗", "red") if broken else ("●", "green")
    title = f"{mark} {verdict.source.name}"
    rows = [(name, value) for name, value in _facts(verdict) if value]
    lines = [style(title, fg=colour, bold=True) + (" can't be used" if broken else " is used")]
    return "\n".join([*lines, *(_row(name, value, _LABEL, paper) for name, value in rows)])


def _unexpected(survey: Survey, paper: _Paper) -> str:
    problem = policy.unexpected(survey.machine.config, survey.resolution.active)
    said = f"Not as [expect] says: {problem}." if problem else ""
    if not problem and (problem := report.unexpected(survey)):
        said = f"Not as it must be: {problem}."
    return style(paper.filled(said), fg="red", bold=True) if said else ""


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    finding = verdict.finding
    yield "where", str(finding.where or "")
    if isinstance(finding, Broken):
        yield "problem", finding.reason
        yield "do this", finding.remedy
    if isinstance(finding, Found):
        yield "problem", finding.problem
        yield (
            "sends",
            ", ".join(finding.kind.headers) if finding.kind else "known once it is loaded",
        )
        if finding.endpoint:
            origin = f" ({finding.endpoint.where})" if finding.endpoint.where else ""
            yield "to", f"{finding.endpoint.url}{origin}"
        yield "expires", "" if finding.expires_at is None else moment(finding.expires_at)
    if isinstance(finding, Found | Broken):
        for detail in finding.details:
            yield detail.name, _detail(detail)
    unknown = " (whoever its credential belongs to)" if verdict.source.billing == "other" else ""
    yield "billed to", f"{verdict.source.billing}{unknown}"


def _others(resolution: Resolution, paper: _Paper) -> str:
    others = [verdict for verdict in resolution.verdicts if verdict is not resolution.active]
    if not others:
        return ""
    label = max(len(verdict.source.name) for verdict in others) + 1
    which = "other sources" if resolution.active else "sources"
    title = paper.filled(f"The {which}, in the order in which they are asked")
    lines = [style(title, bold=True)]
    for verdict in others:
        state = report.state(resolution, verdict)
        lines.append(_row(verdict.source.name, _said(verdict, state), label, paper, state))
    return "\n".join(lines)


def _said(verdict: Verdict, state: str) -> str:
    finding = verdict.finding
    if isinstance(finding, Found):
        return f"{state}: {finding.where}"
    spot = f"{finding.where}: " if finding.where else ""
    remedy = getattr(finding, "remedy", "")
    return f"{state}: {spot}{finding.reason}" + (f"; {remedy}" if remedy else "")


def _claude_code(survey: Survey, paper: _Paper) -> str:
    sent = survey.resolution.claude_code
    said = "; ".join(f"{header} from {sent[header]}" for header in HEADERS if sent[header])
    return paper.filled(f"Claude Code itself would send: {said or 'nothing'}")


def _problems(survey: Survey) -> tuple[str, ...]:
    return tuple(
        f"{problem.distribution} {problem.problem}; {problem.remedy}"
        for problem in survey.plugins.problems
    )


def _list(title: str, sentences: tuple[str, ...], paper: _Paper) -> str:
    if not sentences:
        return ""
    wrapped = [paper.filled(sentence, "  ! ", "    ") for sentence in sentences]
    return "\n".join([style(title, bold=True, fg="yellow"), *wrapped])


def _row(name: str, value: str, label: int, paper: _Paper, state: str = "") -> str:
    indent = " " * (label + 3)
    text = paper.filled(value, indent, indent)[len(indent) :]
    if state in _COLOURS:
        text = text.replace(state, style(state, fg=_COLOURS[state]), 1)
    return f"  {name:<{label}} {text}"


def _detail(detail: Detail) -> str:
    return f"{detail.value} ({detail.where})" if detail.where else detail.value
