"""INI files as the AWS tools write them, with the line of each key."""

from __future__ import annotations

from collections.abc import Mapping

from keyhole import Secret
from keyhole.frozen import frozen

__all__ = ["Line", "sections"]


@frozen
class Line:
    """A value, and the line it stands on."""

    value: Secret
    number: int


def sections(text: str) -> Mapping[str, Mapping[str, Line]]:
    """The keys of each section; the section's own line stands under the empty key.

    It reads what botocore reads of a file that is well formed: `key = value`, comments on lines of
    their own, indented lines that continue a value (which are left out).
    """
    found: dict[str, dict[str, Line]] = {}
    current: dict[str, Line] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            name = " ".join(line[1:].partition("]")[0].replace('"', "").replace("'", "").split())
            current = found.setdefault(name, {})
            current[""] = Line(Secret(name), number)
        elif not raw[0].isspace():
            key, value = _split(line)
            current[key] = Line(Secret(value), number)
    return found


def _split(line: str) -> tuple[str, str]:
    """The key and the value; `=` and `:` both end a key."""
    at = min((line.index(mark) for mark in "=:" if mark in line), default=len(line))
    return line[:at].strip().lower(), line[at + 1 :].strip()
