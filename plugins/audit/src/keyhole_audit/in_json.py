"""The secrets in JSON files, each with the keys that lead to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs

from keyhole import Role, Secret, Seen, View
from keyhole.claude_code import HELPER_SETTINGS
from keyhole_audit import spot
from keyhole_audit.find.hit import Hit
from keyhole_audit.find.shapes import shaped
from keyhole_audit.find.texts import in_command, in_value
from keyhole_audit.in_texts import in_text
from keyhole_audit.literal import Literal, Slot

__all__ = ["COMMANDS", "in_json", "in_servers"]

COMMANDS = (*HELPER_SETTINGS, "otelHeadersHelper")
"""Settings that are a command line."""


def in_json(view: View, seen: Seen, content: Secret) -> Iterator[Literal]:
    """The secrets in settings or in a `.mcp.json`; a broken file is searched as a text."""
    document = view.machine.json(seen.path)
    if document.problem:
        yield from in_text(seen, content)
        return
    leaves = list(spot.leaves(document.data))
    yield from _in_leaves(seen, content, seen.role, leaves)
    # A key that stands there twice counts once; its first value is in the file all the same.
    seen_through = [text for _, value in leaves for text in (value, json.dumps(value))]
    for one in in_text(seen, content):
        if not any(one.hit.secret.reveal() in text for text in seen_through):
            yield one


def _in_leaves(
    seen: Seen, content: Secret, role: Role, leaves: list[tuple[spot.Path, str]], *above: str | int
) -> Iterator[Literal]:
    option = ""
    for path, value in leaves:
        for slot, hit in [*_in_leaf(role, path, value)] or _behind(option, path, value):
            yield _placed(seen, content, (*above, *path), slot, hit)
        # The list of arguments goes on below the same key.
        option = value if path[-2:-1] == ("args",) else ""


def in_servers(seen: Seen, data: Any, content: Secret) -> Iterator[Literal]:
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
        leaves = list(spot.leaves({"mcpServers": servers}))
        yield from _in_leaves(seen, content, Role.MCP, leaves, *prefix)


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


def _behind(option: str, path: spot.Path, value: str) -> list[tuple[Slot, Hit]]:
    """The secret in an argument that follows its option: `--api-key`, `…`."""
    if path[-2:-1] != ("args",) or path[-1] == 0 or not option.startswith("-") or "=" in option:
        return []
    return [(Slot.ARGUMENT, hit) for hit in in_value(option.lstrip("-"), value)]


def _slot_of_setting(path: spot.Path) -> Slot:
    match path:
        case ("env", str()):
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
        case ("env", str()):
            return Slot.ENV
        case ("headers", str()):
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
