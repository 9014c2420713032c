"""Every secret that stands in a file as it is."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Any, final

import attrs

from keyhole import Role, Secret, Seen, View, Where
from keyhole.claude_code import HELPER_SETTINGS
from keyhole.redaction import printable
from keyhole_audit import spot
from keyhole_audit.find.hit import Hit
from keyhole_audit.find.shapes import shaped
from keyhole_audit.find.texts import in_command, in_value
from keyhole_audit.role import is_template

__all__ = ["LIMIT", "Literal", "Literals", "Slot", "dotted", "masked"]

LIMIT = 1024 * 1024
"""The largest file whose whole text is searched, in characters."""

COMMANDS = (*HELPER_SETTINGS, "otelHeadersHelper")
"""Settings that are a command line."""

_ASSIGNMENT = re.compile(r"\s*(?:export\s+|set\s+-\w+\s+)?([A-Za-z_][\w.-]*)(?:\s*=\s*|\s+)(.*)")


class Slot(enum.Enum):
    """In what part of a file a secret stands."""

    ENV = "env"
    COMMAND = "command"
    RULE = "rule"
    HEADER = "header"
    ARGUMENT = "argument"
    URL = "url"
    CLIENT = "client"
    LINE = "line"
    OTHER = "other"


@attrs.frozen
class Literal:
    """A secret in a file.

    Attributes:
        file: The file.
        slot: In what part of it.
        hit: The secret, by its place in the value (or in the line) that holds it.
        path: The keys that lead to the value, in JSON.
        line: The line, counted from 1; None where it is not known.
    """

    file: Seen
    slot: Slot
    hit: Hit
    path: spot.Path = ()
    line: int | None = None

    @property
    def where(self) -> Where:
        """The place, in the words in which a person would look for it."""
        return Where(masked(str(self.file.path)), dotted(self.path), self.line)

    @property
    def name(self) -> str:
        """What it stands under; the last key, where nothing nearer says."""
        last = self.path[-1] if self.path else ""
        return masked(self.hit.name or (last if isinstance(last, str) else ""))


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


def dotted(path: spot.Path) -> str:
    """A path of keys as a person writes it: `permissions.allow[3]`."""
    said = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return masked(said.removeprefix("."))


def masked(text: str) -> str:
    """A name (of a key, of a file) that may itself be, or hold, a secret."""
    for hit in shaped(text):
        text = text.replace(hit.secret.reveal(), "****")
    return printable(text)


def _literals(view: View, seen: Seen) -> Iterator[Literal]:
    content = view.machine.text(seen.path).content
    if content is None:
        return
    match seen.role:
        case Role.SETTINGS | Role.MCP:
            yield from _in_json(view, seen, content)
        case Role.STATE:
            yield from _in_servers(seen, view.machine.json(seen.path).data, content)
        case Role.DOTENV | Role.START_FILE:
            yield from _in_lines(seen, content, _in_assignment)
        case Role.PIPELINE:
            yield from _in_lines(seen, content, in_command)
        case Role.CREDENTIALS:
            return
        case _:
            yield from _in_text(seen, content)


def _in_json(view: View, seen: Seen, content: Secret) -> Iterator[Literal]:
    document = view.machine.json(seen.path)
    if document.problem:
        yield from _in_text(seen, content)
        return
    found = [
        _placed(seen, content, path, slot, hit)
        for path, value in spot.leaves(document.data)
        for slot, hit in _in_leaf(seen.role, path, value)
    ]
    yield from found
    # A key that stands there twice counts once; its first value is in the file all the same.
    known = {literal.hit.secret for literal in found}
    yield from (one for one in _in_text(seen, content) if one.hit.secret not in known)


def _in_servers(seen: Seen, data: Any, content: Secret) -> Iterator[Literal]:
    """Of Claude Code's own state only the MCP servers: it holds megabytes that nobody wrote."""
    projects = data.get("projects")
    within: list[spot.Path] = [()]
    if isinstance(projects, dict):
        within += [("projects", folder) for folder in projects]
    for prefix in within:
        holder: Any = data
        for key in prefix:
            holder = holder[key]
        servers = holder.get("mcpServers") if isinstance(holder, dict) else None
        for path, value in spot.leaves({"mcpServers": servers}):
            for slot, hit in _in_leaf(Role.MCP, path, value):
                yield _placed(seen, content, (*prefix, *path), slot, hit)


def _placed(seen: Seen, content: Secret, path: spot.Path, slot: Slot, hit: Hit) -> Literal:
    return Literal(seen, slot, hit, path, spot.line_of(content.reveal(), path))


def _in_leaf(role: Role, path: spot.Path, value: str) -> list[tuple[Slot, Hit]]:
    slot = _slot_of_server(path) if role is Role.MCP else _slot_of_setting(path)
    name = str(path[-1])
    match slot:
        case Slot.COMMAND | Slot.RULE | Slot.ARGUMENT:
            hits = in_command(value)
        case Slot.ENV | Slot.HEADER | Slot.CLIENT:
            hits = in_value(name, value)
        case Slot.URL:
            hits = [*shaped(value), *_in_query(value)]
        case _:
            hits = shaped(value)
    return [(slot, hit) for hit in hits]


def _slot_of_setting(path: spot.Path) -> Slot:
    match path:
        case ("env", _):
            return Slot.ENV
        case ("permissions", "allow" | "ask" | "deny", _):
            return Slot.RULE
        case (name,) if name in COMMANDS:
            return Slot.COMMAND
        case ("hooks" | "statusLine" | "fileSuggestion", *_, "command"):
            return Slot.COMMAND
    return Slot.OTHER


def _slot_of_server(path: spot.Path) -> Slot:
    match path[2:] if path[:1] == ("mcpServers",) else ():
        case ("env", _):
            return Slot.ENV
        case ("headers", _):
            return Slot.HEADER
        case ("args", _) | ("command",) | ("headersHelper",):
            return Slot.ARGUMENT
        case ("url",):
            return Slot.URL
        case ("oauth", _):
            return Slot.CLIENT
    return Slot.OTHER


def _in_query(url: str) -> list[Hit]:
    """The parameters of a URL that are named like secrets."""
    return [
        attrs.evolve(hit, start=hit.start + parameter.start(2))
        for parameter in re.finditer(r"[?&]([^=&#]*)=([^&#]*)", url)
        for hit in in_value(parameter[1], parameter[2])
    ]


def _in_lines(seen: Seen, content: Secret, search: Any) -> Iterator[Literal]:
    text = content.reveal()
    if len(text) > LIMIT:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip()[:1] in ("", "#"):
            continue
        for hit in search(line):
            if not is_template(seen.path) or hit.kind.startswith("an Anthropic"):
                yield Literal(seen, Slot.LINE, hit, line=number)


def _in_assignment(line: str) -> list[Hit]:
    """The secret in `NAME=value` or `export NAME="value"`; a comment behind it is none."""
    parts = _ASSIGNMENT.match(line)
    if parts is None:
        return shaped(line)
    value = parts[2].strip()
    quote = value[:1] if value[:1] in "'\"" else ""
    bare = value[1:].partition(quote)[0] if quote else value.partition(" #")[0].strip()
    start = line.index(bare, parts.start(2)) if bare else 0
    return [attrs.evolve(hit, start=hit.start + start) for hit in in_value(parts[1], bare)]


def _in_text(seen: Seen, content: Secret) -> Iterator[Literal]:
    text = content.reveal()
    if len(text) > LIMIT:
        return
    for hit in shaped(text):
        yield Literal(seen, Slot.OTHER, hit, line=text.count("\n", 0, hit.start) + 1)
