"""Flow charts: boxes, questions and ends, with arrows between them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs

from keyhole_docs.diagrams.layers import Layout, laid_out
from keyhole_docs.diagrams.svg import arrow, box, document, size_of, words

__all__ = ["drawn"]

_NODE = r"(\w+)(\[\"[^\"]*\"\]|\(\[\"[^\"]*\"\]\)|\{\"[^\"]*\"\})?"
_LINE = re.compile(rf"{_NODE}(?: -->(?:\|\"([^\"]*)\"\|)? {_NODE})?")
_MARGIN = 8.0
_STRAIGHT = 2
_Point: TypeAlias = tuple[float, float]


@attrs.frozen
class _Box:
    lines: tuple[str, ...]
    kind: str

    @property
    def size(self) -> tuple[float, float]:
        width, height = size_of(self.lines)
        return (width + 26 if self.kind == "question" else width, height)


_KINDS = {"[": "step", "(": "end", "{": "question"}


def drawn(lines: Sequence[str]) -> str:
    """The SVG of a chart.

    Raises:
        ValueError: A line is none of those that are known.
    """
    boxes: dict[str, _Box] = {}
    arrows: dict[tuple[str, str], str] = {}
    for line in lines:
        _read(line, boxes, arrows)
    layout = laid_out(_room(boxes, arrows), {edge: _wide(label) for edge, label in arrows.items()})
    width, height = (length + 2 * _MARGIN for length in layout.size)
    says = "; ".join(
        f"{' '.join(boxes[a].lines)}{f', {label}' if label else ''}: {' '.join(boxes[b].lines)}"
        for (a, b), label in arrows.items()
    )
    inside = "".join([*_arrows(layout, boxes, arrows), *_boxes(layout, boxes)])
    parts = [f'<g transform="translate({_MARGIN} {_MARGIN})">{inside}</g>']
    return document(width, height, parts, says)


def _room(
    boxes: Mapping[str, _Box], arrows: Mapping[tuple[str, str], str]
) -> dict[str, tuple[float, float]]:
    """The size of each box, with the labels that stand above it."""
    room = {name: it.size for name, it in boxes.items()}
    for (_, end), label in arrows.items():
        width, height = room[end]
        room[end] = max(width, _wide(label)), height
    return room


def _wide(label: str) -> float:
    return size_of(label.split("<br>"))[0] - 20 if label else 0.0


def _read(line: str, boxes: dict[str, _Box], arrows: dict[tuple[str, str], str]) -> None:
    found = _LINE.fullmatch(line)
    if not found:
        raise ValueError(f"this line of a flow chart can't be drawn: {line}")
    start, shape, label, end, other = found.groups()
    for name, written in ((start, shape), (end, other)):
        if name and written:
            text = written.strip('[](){}"')
            boxes[name] = _Box(tuple(text.split("<br>")), _KINDS[written[0]])
        elif name and name not in boxes:
            raise ValueError(f"nothing says what is in the box {name}: {line}")
    if end:
        arrows[start, end] = label or ""


def _boxes(layout: Layout, boxes: dict[str, _Box]) -> Iterator[str]:
    for name, it in boxes.items():
        (x, y), (width, height) = layout.centres[name], it.size
        if it.kind == "question":
            w, h, cut = width / 2, height / 2, 13
            corners = [(x - w, y), (x - w + cut, y - h), (x + w - cut, y - h)]
            corners += [(x + w, y), (x + w - cut, y + h), (x - w + cut, y + h)]
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
            yield f'<polygon class="question" points="{points}"/>'
        else:
            yield box(x, y, width, height, it.kind, round_by=height / 2 if it.kind == "end" else 4)
        yield words(it.lines, x, y)


def _arrows(
    layout: Layout, boxes: dict[str, _Box], arrows: dict[tuple[str, str], str]
) -> Iterator[str]:
    labels = []
    for edge, label in arrows.items():
        points = _points(layout, boxes, edge)
        yield arrow(_curve(points))
        if label:
            # Near the end, where arrows that begin together have parted.
            x, y = _on_curve(points[0], points[1], 0.62) if len(points) == _STRAIGHT else points[1]
            lines = label.split("<br>")
            width, height = size_of(lines)
            labels += [box(x, y, width - 20, height - 16, "label"), words(lines, x, y, "label")]
    yield from labels


def _on_curve(start: _Point, end: _Point, along: float) -> _Point:
    """A point of the curve that `_curve` draws between two points."""
    (ax, ay), (bx, by) = start, end
    eased = along * along * (3 - 2 * along)
    middle = (ay + by) / 2
    rest = 1 - along
    y = ay * rest**3 + 3 * middle * (along * rest**2 + along**2 * rest) + by * along**3
    return ax + (bx - ax) * eased, y


def _points(layout: Layout, boxes: dict[str, _Box], edge: tuple[str, str]) -> list[_Point]:
    """The points that an arrow leads through: from the edge of one box to that of the other."""
    route = layout.routes[edge]
    downwards = layout.centres[route[-1]][1] > layout.centres[route[0]][1]
    side = 1 if downwards else -1
    points = [layout.centres[name] for name in route]
    (sx, sy), (ex, ey) = points[0], points[-1]
    points[0] = (sx, sy + side * boxes[edge[0]].size[1] / 2)
    points[-1] = (ex, ey - side * boxes[edge[1]].size[1] / 2)
    return points


def _curve(points: Sequence[_Point]) -> str:
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        middle = (ay + by) / 2
        path += f"C{ax:.1f} {middle:.1f} {bx:.1f} {middle:.1f} {bx:.1f} {by:.1f}"
    return path
