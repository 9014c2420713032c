"""Sequence diagrams: who says what to whom, from the top down."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

import attrs

from keyhole_docs.diagrams.svg import LINE, arrow, box, document, size_of, words

__all__ = ["drawn"]

_WHO = re.compile(r"participant (\w+) as (.+)")
_SAYS = re.compile(r"(\w+)(-?->>)(\w+): (.+)")
_NOTE = re.compile(r"Note over (\w+)(?:,(\w+))?: (.+)")
_MARGIN, _GAP, _TOP = 8.0, 18.0, 40.0


@attrs.frozen
class _Event:
    """A message from one to another, or a note over both (`kind` "note")."""

    start: str
    end: str
    lines: tuple[str, ...]
    kind: str

    @property
    def height(self) -> float:
        extra = {"note": 18.0}.get(self.kind, 10.0)
        return len(self.lines) * LINE + extra + (12 if self.start == self.end != "" else 0)


def drawn(lines: Sequence[str]) -> str:
    """The SVG of a diagram.

    Raises:
        ValueError: A line is none of those that are known.
    """
    people: dict[str, str] = {}
    events: list[_Event] = []
    for line in lines:
        if who := _WHO.fullmatch(line):
            people[who[1]] = who[2]
        else:
            events.append(_event(line))
    x = _places(people, events)
    y, parts = _TOP + _GAP, []
    for event in events:
        y += event.height
        parts.append(_drawn(event, x, y))
        y += _GAP
    width = max(x[name] + size_of([text])[0] / 2 for name, text in people.items()) + _MARGIN
    heads = [_head(people[name], x[name], y) for name in people]
    says = "; ".join(" ".join(event.lines) for event in events)
    return document(width, y + _MARGIN, [*heads, *parts], says)


def _event(line: str) -> _Event:
    if said := _SAYS.fullmatch(line):
        kind = "answer" if said[2].startswith("--") else "message"
        return _Event(said[1], said[3], tuple(said[4].split("<br>")), kind)
    if note := _NOTE.fullmatch(line):
        return _Event(note[1], note[2] or note[1], tuple(note[3].split("<br>")), "note")
    raise ValueError(f"this line of a sequence diagram can't be drawn: {line}")


def _places(people: Mapping[str, str], events: Sequence[_Event]) -> dict[str, float]:
    """The x of everybody: as far apart as their names, and what they say to each other, need."""
    names = list(people)
    x = {names[0]: _MARGIN + size_of([people[names[0]]])[0] / 2}
    for left, right in itertools.pairwise(names):
        room = sum(size_of([people[name]])[0] for name in (left, right)) / 2 + _GAP
        x[right] = x[left] + max(room, *_needed(events, left, right))
        # A message across others has the room between all of them.
        for event in events:
            ends = {event.start, event.end}
            if right in ends and len(ends) == 2 and (other := (ends - {right}).pop()) in x:  # noqa: PLR2004
                x[right] = max(x[right], x[other] + size_of(event.lines)[0])
    return x


def _needed(events: Sequence[_Event], left: str, right: str) -> list[float]:
    return [size_of(it.lines)[0] for it in events if {it.start, it.end} == {left, right}] or [0.0]


def _head(name: str, x: float, bottom: float) -> str:
    width, height = size_of([name])
    line = f'<path class="life" d="M{x:.1f} {_TOP:.1f}V{bottom:.1f}"/>'
    return (
        line
        + box(x, _TOP - height / 2, width, height, "step")
        + words([name], x, _TOP - height / 2)
    )


def _drawn(event: _Event, x: Mapping[str, float], y: float) -> str:
    start, end = x[event.start], x[event.end]
    middle, half = (start + end) / 2, len(event.lines) * LINE / 2
    if event.kind == "note":
        width = max(size_of(event.lines)[0], abs(end - start) + 40)
        return box(middle, y - half - 4, width, 2 * half + 10, "note") + words(
            event.lines, middle, y - half - 4
        )
    if start == end:
        return arrow(f"M{start:.1f} {y - 12:.1f}h30v12h-28") + words(
            event.lines, start + size_of(event.lines)[0] / 2, y - 18 - half
        )
    return arrow(f"M{start:.1f} {y:.1f}H{end:.1f}", event.kind) + words(
        event.lines, middle, y - half - 3
    )
