"""Pieces of SVG; what they look like is in `_static/keyhole.css`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from zlib import crc32

__all__ = ["LINE", "arrow", "box", "document", "size_of", "words"]

LINE = 18
"""The height of a line of text, in pixels."""

_LETTER = 6.8
_PADDING = (14, 9)

_HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
    'markerHeight="7" orient="auto-start-reverse">'
    '<path class="head" d="M0 0L10 5L0 10z"/></marker></defs>'
)


def size_of(lines: Sequence[str]) -> tuple[float, float]:
    """How much room a box with these lines takes."""
    across, down = _PADDING
    return max(map(len, lines)) * _LETTER + 2 * across, len(lines) * LINE + 2 * down


def words(lines: Sequence[str], x: float, y: float, kind: str = "") -> str:
    """Lines of text around a point."""
    top = y - (len(lines) - 1) * LINE / 2
    spans = (
        f'<tspan x="{x:.1f}" y="{top + LINE * number:.1f}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    start = f'<text class="{kind}" text-anchor="middle" dominant-baseline="central">'
    return f"{start}{''.join(spans)}</text>"


def box(x: float, y: float, width: float, height: float, kind: str, *, round_by: float = 4) -> str:
    """A rectangle around a point."""
    return (
        f'<rect class="{kind}" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="{round_by:.1f}"/>'
    )


def arrow(path: str, kind: str = "") -> str:
    """A line with a head at its end."""
    return f'<path class="line {kind}" d="{path}" marker-end="url(#arrow)"/>'


def document(width: float, height: float, parts: Iterable[str], says: str) -> str:
    """The whole picture, with what it says for those who can't see it."""
    inside = "".join(parts)
    # Several pictures of one page must not share a name.
    head = f"arrow-{crc32(inside.encode()):08x}"
    return (
        (
            f'<svg role="img" aria-label="{escape(says, quote=True)}" width="{width:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}">{_HEAD}{inside}</svg>'
        )
        .replace('arrow"', head + '"')
        .replace("#arrow)", f"#{head})")
    )
