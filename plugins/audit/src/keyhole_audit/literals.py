"""Every secret that stands in a view's files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from keyhole import Role, Seen, View
from keyhole_audit.find.texts import in_command
from keyhole_audit.in_json import in_json, in_servers
from keyhole_audit.in_texts import in_assignment, in_lines, in_start_line, in_text
from keyhole_audit.literal import Literal

__all__ = ["Literals"]


@final
class Literals:
    """Finds the secrets of a view once, for all the checks that ask."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._found: tuple[Literal, ...] = ()

    def of(self, view: View) -> tuple[Literal, ...]:
        """Every secret in the view's files."""
        if self._view is not view:
            self._found = tuple(one for seen in view.files for one in _literals(view, seen))
            self._view = view
        return self._found


def _literals(view: View, seen: Seen) -> Iterator[Literal]:
    content = view.machine.text(seen.path).content
    if content is None:
        return
    match seen.role:
        case Role.SETTINGS | Role.MCP:
            yield from in_json(view, seen, content)
        case Role.STATE:
            yield from in_servers(seen, view.machine.json(seen.path).data, content)
        case Role.DOTENV:
            yield from in_lines(seen, content, in_assignment)
        case Role.START_FILE:
            yield from in_lines(seen, content, in_start_line)
        case Role.PIPELINE:
            yield from in_lines(seen, content, in_command)
        case Role.CREDENTIALS:
            return
        case _:
            yield from in_text(seen, content)
