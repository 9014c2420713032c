"""KH2xx, too: helpers that give nothing, so that Claude Code has no credential."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keyhole import Check, Notice, Role, Seen, Severity, View, Where
from keyhole.installed import program, quoted
from keyhole.settings import Scope
from keyhole_audit.checks.rule import Rule
from keyhole_audit.in_json import COMMANDS
from keyhole_audit.literal import masked
from keyhole_audit.program import Call, call
from keyhole_audit.servers import servers

__all__ = ["checks"]

_KEYHOLE = "keyhole"
_HELPER = "apiKeyHelper"
_ASKING = frozenset({"env", "headers", "run", "token"})
"""Commands of keyhole that look for the credential that wins."""
_OTHERWISE = ("--bare", "--settings")
"""Options with which they may pass the helper over."""


def checks() -> list[Check]:
    """The checks of helpers."""
    return [
        Rule("KH209", Severity.MEDIUM, "a helper whose program is not there", _missing),
        Rule("KH210", Severity.MEDIUM, "a helper that asks for itself", _circular),
    ]


def _missing(view: View) -> Iterator[Notice]:
    # A folder by itself says nothing of the machine that its helpers are for.
    if not view.whole:
        return
    for seen, name, line, where in _helpers(view):
        called = call(line)
        if called and not _is_there(view, seen, called):
            word = masked(called.word)
            missing = "does not exist" if "/" in called.word else "is not on PATH"
            problem = f"{name} calls {word}, which {missing}: it gives nothing"
            yield Notice(where, problem, _remedy(view, seen, called))


def _circular(view: View) -> Iterator[Notice]:
    for seen in view.of(Role.SETTINGS):
        document = view.machine.json(seen.path)
        line = document.get(_HELPER)
        called = call(line) if isinstance(line, str) else None
        if called and _asks_for_itself(called) and _would_be_asked(view, seen):
            where = document.where(_HELPER)
            problem = (
                f"{_HELPER} calls `keyhole {called.rest[0]}`, which asks the helper: it waits for "
                "itself until its time is over"
            )
            remedy = (
                "name a secret: `keyhole secret set NAME`, and the helper `keyhole secret get NAME`"
            )
            yield Notice(Where(masked(where.place), _HELPER, where.line), problem, remedy)


def _helpers(view: View) -> Iterator[tuple[Seen, str, str, Where]]:
    """Each helper: its file, what it is called there, its command line, and its place."""
    for seen in view.of(Role.SETTINGS):
        document = view.machine.json(seen.path)
        for name in COMMANDS:
            line, where = document.get(name), document.where(name)
            if isinstance(line, str):
                yield seen, name, line, Where(masked(where.place), name, where.line)
    for server in servers(view):
        line = server.entry.get("headersHelper")
        if isinstance(line, str):
            said = f"the headersHelper of {server.name}"
            yield server.file, said, line, server.where("headersHelper")


def _is_there(view: View, seen: Seen, called: Call) -> bool:
    folders = _folders(view, seen)
    if called.is_relative and not folders:
        return True
    return called.is_there(view.machine.home, folders, view.machine.environment())


def _folders(view: View, seen: Seen) -> tuple[Path, ...]:
    """Where a file's helpers are run, as far as one can know: not for what counts everywhere."""
    if seen.role is Role.MCP:
        return view.machine.cwd, seen.path.parent
    if seen.scope in (Scope.PROJECT, Scope.LOCAL):
        return view.machine.cwd, seen.path.parent.parent
    return ()


def _remedy(view: View, seen: Seen, called: Call) -> str:
    ours = program(view.machine, _KEYHOLE) if called.name == _KEYHOLE else None
    if ours is None:
        return "install the program, or correct the line"
    if seen.shared:
        return f"put {masked(str(ours.parent))} on PATH"
    path = masked(quoted(view.machine, str(ours)))
    return f"write {path} in its place, or put that folder on PATH"


def _asks_for_itself(called: Call) -> bool:
    if called.name != _KEYHOLE or not called.rest or called.rest[0] not in _ASKING:
        return False
    return not any(word.startswith(_OTHERWISE) for word in called.rest)


def _would_be_asked(view: View, seen: Seen) -> bool:
    """Whether this helper is the credential that wins; of a folder by itself it is supposed."""
    if not view.whole:
        return True
    active = view.survey().resolution.active
    where = active.finding.where if active else None
    return where is not None and where.place == str(seen.path) and where.key == _HELPER
