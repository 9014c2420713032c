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
    resolution = survey.resolution
    blocks = [
        _active(resolution.active, columns) if resolution.active else _lacking(survey, columns),
        _unexpected(survey),
        _asked(verification) if resolution.active else "",
        _others(resolution, columns),
        _claude_code(survey),
        _list("Warnings", survey.warnings, columns),
        _list("Plugins with problems", _problems(survey), columns),
    ]
    return _shortened("\n\n".join(block for block in blocks if block), survey.machine.home)


def _shortened(text: str, home: Path) -> str:
    """Paths below the home folder, where they begin a word; nothing else that looks alike."""
    if home == home.parent:
        return text
    return re.sub(rf"(?<![^\s(`]){re.escape(str(home))}/", "~/", text)


def _lacking(survey: Survey, columns: int) -> str:
    # Most machines have a credential.
    from keyhole.lack import lack

    why = lack(survey)
    rows = [("where", str(why.where or "")), ("do this", why.remedy)]
    title = textwrap.fill(f"{why.problem[0].upper()}{why.problem[1:]}.", columns)
    lines = [style(title, fg="red", bold=True)]
    return "\n".join([*lines, *(_row(*row, _LABEL, columns) for row in rows if row[1])])


def _asked(verification: Verification | None) -> str:
    if verification is None:
        return ""
    said = verification.said
    return f"Not{said[3:]}" if said.startswith("not asked") else f"Asked: {said}"


def _active(verdict: Verdict, columns: int) -> str:
    finding = verdict.finding
    broken = not isinstance(finding, Found) or finding.usable is False
    mark, colour = ("✗", "red") if broken else ("●", "green")
    title = f"{mark} {verdict.source.name}"
    rows = [(name, value) for name, value in _facts(verdict) if value]
    lines = [style(title, fg=colour, bold=True) + (" can't be used" if broken else " is used")]
    return "\n".join([*lines, *(_row(name, value, _LABEL, columns) for name, value in rows)])


def _unexpected(survey: Survey) -> str:
    problem = policy.unexpected(survey.machine.config, survey.resolution.active)
    said = f"Not as [expect] says: {problem}." if problem else ""
    if not problem and (problem := report.unexpected(survey)):
        said = f"Not as it must be: {problem}."
    return style(said, fg="red", bold=True) if said else ""


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


def _others(resolution: Resolution, columns: int) -> str:
    others = [verdict for verdict in resolution.verdicts if verdict is not resolution.active]
    if not others:
        return ""
    label = max(len(verdict.source.name) for verdict in others) + 1
    which = "other sources" if resolution.active else "sources"
    lines = [style(f"The {which}, in the order in which they are asked", bold=True)]
    for verdict in others:
        state = report.state(resolution, verdict)
        lines.append(_row(verdict.source.name, _said(verdict, state), label, columns, state))
    return "\n".join(lines)


def _said(verdict: Verdict, state: str) -> str:
    finding = verdict.finding
    if isinstance(finding, Found):
        return f"{state}: {finding.where}"
    spot = f"{finding.where}: " if finding.where else ""
    remedy = getattr(finding, "remedy", "")
    return f"{state}: {spot}{finding.reason}" + (f"; {remedy}" if remedy else "")


def _claude_code(survey: Survey) -> str:
    sent = survey.resolution.claude_code
    said = "; ".join(f"{header} from {sent[header]}" for header in HEADERS if sent[header])
    return f"Claude Code itself would send: {said or 'nothing'}"


def _problems(survey: Survey) -> tuple[str, ...]:
    return tuple(
        f"{problem.distribution} {problem.problem}; {problem.remedy}"
        for problem in survey.plugins.problems
    )


def _list(title: str, sentences: tuple[str, ...], columns: int) -> str:
    if not sentences:
        return ""
    wrapped = [
        textwrap.fill(
            sentence,
            columns,
            initial_indent="  ! ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for sentence in sentences
    ]
    return "\n".join([style(title, bold=True, fg="yellow"), *wrapped])


def _row(name: str, value: str, label: int, columns: int, state: str = "") -> str:
    indent = " " * (label + 3)
    text = textwrap.fill(
        value,
        columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    text = text[len(indent) :]
    if state in _COLOURS:
        text = text.replace(state, style(state, fg=_COLOURS[state]), 1)
    return f"  {name:<{label}} {text}"


def _detail(detail: Detail) -> str:
    return f"{detail.value} ({detail.where})" if detail.where else detail.value
