"""The tables and the picture of `docs/explanation/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.machine import described
from benchmarks.measuring import Group, Row

DOCS = Path(__file__).parent.parent / "docs" / "explanation"
BEGIN, END = "<!-- the tables begin -->", "<!-- the tables end -->"
_UNITS = {"ms": 1e3, "µs": 1e6, "s": 1.0}
_WIDE, _LINE, _LABEL = 720, 22, 250
_MANY = 1_000


def table(group: Group) -> str:
    """One group in Markdown."""
    first, scale = group.rows[0], _UNITS[group.unit]
    lines = [
        f"### {group.title}",
        "",
        f"| what | {group.unit} | half of the rounds | times the first row |",
        "|---|---:|---|---:|",
    ]
    for row in group.rows:
        low, high = row.spread
        lines.append(
            f"| {row.name} | {_number(row.middle * scale)} "
            f"| {_number(low * scale)} to {_number(high * scale)} | {row.times(first):.2f} |"
        )
    return "\n".join([*lines, *(["", group.note] if group.note else [])])


def write(groups: Sequence[Group]) -> None:
    """Puts the tables, and the picture of the cold starts, into the page."""
    path = DOCS / "performance.md"
    text = path.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    tables = "\n\n".join(table(group) for group in groups)
    path.write_text(f"{before}{BEGIN}\n\n{described()}\n\n{tables}\n\n{END}{after}")
    for group in groups:
        if group.name == "cold":
            (DOCS / "performance.svg").write_text(picture(group))


def picture(group: Group) -> str:
    """A bar for each row, in multiples of the first."""
    first = group.rows[0]
    most = max(row.times(first) for row in group.rows)
    bars = "".join(_bar(row, at, first, most) for at, row in enumerate(group.rows))
    tall = _LINE * len(group.rows) + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {tall}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(group.title)}, in multiples of '
        f"{escape(first.name)}</title>{bars}</svg>\n"
    )


def _bar(row: Row, at: int, first: Row, most: float) -> str:
    times = row.times(first)
    wide = (_WIDE - _LABEL - 60) * times / most
    colour = "#2a7ae2" if row.name.startswith(("keyhole", "the same")) else "#9aa5b1"
    y = at * _LINE + 20
    return (
        f'<text x="{_LABEL - 8}" y="{y + 4}" text-anchor="end" fill="currentColor">'
        f"{escape(row.name)}</text>"
        f'<rect x="{_LABEL}" y="{y - 8}" width="{wide:.1f}" height="15" fill="{colour}"/>'
        f'<text x="{_LABEL + wide + 6:.1f}" y="{y + 4}" fill="currentColor">{times:.1f} x</text>'
    )


def _number(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:#.3g}".rstrip(".") if value < _MANY else f"{value:.0f}"
