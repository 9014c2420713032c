"""The secrets in files that are read line by line, or as one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from keyhole import Secret, Seen
from keyhole_audit.find.hit import Hit, apart
from keyhole_audit.find.shapes import IN_URL, shaped
from keyhole_audit.find.texts import BY_NAME, in_command, in_value
from keyhole_audit.literal import Literal, Slot
from keyhole_audit.role import is_template

__all__ = ["LIMIT", "in_assignment", "in_lines", "in_start_line", "in_text"]

LIMIT = 1024 * 1024
"""The largest file whose whole text is searched, in characters."""

_MADE_UP = BY_NAME | {IN_URL}
"""What a template shows for others to replace; nobody makes up what has a whole secret's shape."""

_ASSIGNMENT = re.compile(r"\s*(?:export\s+|set\s+-\w+\s+)?([A-Za-z_][\w.-]*)(?:\s*=\s*|\s+)(.*)")
_FISH = re.compile(r"""\bset\s+(?:-[\w-]+\s+)+([A-Za-z_]\w*)\s+["']?([^\s"';]+)""")


def in_lines(seen: Seen, content: Secret, search: Callable[[str], list[Hit]]) -> Iterator[Literal]:
    """The secrets that a search finds in each line that is no comment."""
    text = content.reveal()
    if len(text) > LIMIT:
        return
    passed_over = _MADE_UP if is_template(seen.path) else ()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip()[:1] in ("", "#"):
            continue
        for hit in search(line):
            if hit.kind not in passed_over:
                yield Literal(seen, Slot.LINE, hit, line=number)


def in_assignment(line: str) -> list[Hit]:
    """The secret in `NAME=value` or `export NAME="value"`; a comment behind it is none."""
    parts = _ASSIGNMENT.match(line)
    if parts is None:
        return shaped(line)
    value = parts[2].strip()
    quote = value[:1] if value[:1] in "'\"" else ""
    bare = value[1:].partition(quote)[0] if quote else value.partition(" #")[0].strip()
    start = line.index(bare, parts.start(2)) if bare else 0
    return [attrs.evolve(hit, start=hit.start + start) for hit in in_value(parts[1], bare)]


def in_start_line(line: str) -> list[Hit]:
    """The secrets in a line that a shell runs: set alone, behind a condition, in an alias."""
    by_fish = [
        attrs.evolve(hit, start=hit.start + parts.start(2))
        for parts in _FISH.finditer(line)
        for hit in in_value(parts[1], parts[2])
    ]
    return apart([*by_fish, *in_command(line), *in_assignment(line)])


def in_text(seen: Seen, content: Secret) -> Iterator[Literal]:
    """The secrets in a whole text, by their shape alone."""
    text = content.reveal()
    if len(text) > LIMIT:
        return
    for hit in shaped(text):
        yield Literal(seen, Slot.OTHER, hit, line=text.count("\n", 0, hit.start) + 1)
