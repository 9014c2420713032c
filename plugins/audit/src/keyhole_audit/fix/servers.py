"""Secrets out of .mcp.json: behind a headersHelper, or a program that is given them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from keyhole import Seen
from keyhole.edit import put, remove
from keyhole.installed import quoted
from keyhole_audit import spot
from keyhole_audit.fix.draft import Draft
from keyhole_audit.fix.json_list import prepend
from keyhole_audit.fix.program import called
from keyhole_audit.keep import origin_of
from keyhole_audit.literal import Literal, Slot, masked

__all__ = ["move"]

_UNSAFE = set("\"$`\\{}'!\n\r%")
"""What a shell, or the template of `keyhole secret header`, would not take as it stands."""


def move(draft: Draft, literals: list[Literal]) -> list[Literal]:
    """Plans to move secrets out of headers and variables of servers; gives those that it can't."""
    left = []
    for (file, path), group in groupby(literals, lambda one: (one.file.path, one.path[:2])):
        held = list(group)
        entry = draft.view.machine.json(file).get(*map(str, path))
        headers = [one for one in held if one.slot is Slot.HEADER]
        variables = [one for one in held if one.slot is Slot.ENV]
        left += [one for one in held if one not in headers + variables]
        if headers and not _to_helper(draft, entry, headers):
            left += headers
        if variables and not _to_program(draft, entry, variables):
            left += variables
    return left


def _to_helper(draft: Draft, entry: Mapping[str, Any], headers: list[Literal]) -> bool:
    names = {str(one.path[-1]) for one in headers}
    templates = {name: _template(entry["headers"][name], name, headers) for name in sorted(names)}
    origin = origin_of(str(entry.get("url", "")))
    if "headersHelper" in entry or not origin or None in templates.values():
        return False
    seen, path = headers[0].file, [str(key) for key in headers[0].path[:2]]
    file = seen.path
    program = called(draft, file, shared=seen.shared)
    if program is None:
        return False
    parts = []
    for one in headers:
        before, after = templates[str(one.path[-1])] or ("", "")
        name = draft.keep(f"{path[-1]}-{one.path[-1]}", one.hit.secret, origin)
        parts.append(f'"{one.path[-1]}: {before}{{{name}}}{after}"')
        _tell_others(draft, seen, f"{name} --for {masked(origin)}")
    text = draft.text(file)
    for header in names:
        text = remove(text, [*path, "headers", header])
    if names == entry["headers"].keys():
        text = remove(text, [*path, "headers"])
    helper = f"{quoted(draft.view.machine, program)} secret header {' '.join(parts)}"
    draft.texts[file] = put(text, [*path, "headersHelper"], helper)
    return True


def _template(value: str, name: str, headers: list[Literal]) -> tuple[str, str] | None:
    """What stands before and after the secret of a header; None where that can't be kept."""
    hits = [one.hit for one in headers if one.path[-1] == name]
    if len(hits) != 1:
        return None
    before, after = value[: hits[0].start], value[hits[0].end :]
    return None if _UNSAFE & set(name + before + after) else (before, after)


def _to_program(draft: Draft, entry: Mapping[str, Any], variables: list[Literal]) -> bool:
    command, arguments = entry.get("command"), entry.get("args", [])
    whole = all(entry["env"][one.path[-1]] == one.hit.secret.reveal() for one in variables)
    if not isinstance(command, str) or not isinstance(arguments, list) or not whole:
        return False
    seen, path = variables[0].file, [str(key) for key in variables[0].path[:2]]
    file = seen.path
    program = called(draft, file, shared=seen.shared)
    if program is None:
        return False
    line = ["secret", "run"]
    text = draft.text(file)
    for one in variables:
        variable = str(one.path[-1])
        name = draft.keep(f"{path[-1]}-{variable}", one.hit.secret)
        line += ["--env", variable, name]
        _tell_others(draft, seen, name)
        text = remove(text, [*path, "env", variable])
    if len(variables) == len(entry["env"]):
        text = remove(text, [*path, "env"])
    if "args" not in entry:
        text = put(text, [*path, "args"], [])
    text = prepend(text, _list_of(path), [*line, "--", command])
    draft.texts[file] = put(text, [*path, "command"], program)
    return True


def _tell_others(draft: Draft, seen: Seen, secret: str) -> None:
    """Says what whoever shares a file has to do before it works for them."""
    if seen.shared:
        others = f"Who shares {masked(str(seen.path))} needs keyhole on PATH, and once runs:"
        if others not in draft.steps:
            draft.steps.append(others)
        draft.steps.append(f"  keyhole secret set {secret}")


def _list_of(path: list[str]) -> spot.Path:
    return (*path, "args")
