"""Adding a server: the secret goes to the store, the file gets a reference that works.

Claude Code's own `.claude.json` is never written: for the scopes that live there, `claude` is
given the entry by the user.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from keyhole import edit
from keyhole.errors import ConfigError, RefusedError
from keyhole.files import Text
from keyhole.host import Host
from keyhole.installed import is_on_path, quoted, reached, way_onto_path
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_mcp.files import PROJECT_FILE
from keyhole_mcp.vouching import KIND, digest, distrust_of

__all__ = [
    "claude_command",
    "entry",
    "helper_for",
    "parsed_header",
    "project_file",
    "unreached",
    "vouch",
    "without",
    "write",
]

PROGRAM = "keyhole"


def entry(name: str, url: str, *, helper: str = "") -> dict[str, Any]:
    """The entry for the file; with a helper where headers are kept for it."""
    plain = {"type": "http", "url": url}
    return {**plain, "headersHelper": f"{helper} {shlex.quote(name)}"} if helper else plain


def helper_for(machine: Machine, scope: str) -> str:
    """The command that gives an entry its headers, without the server's name.

    In a project's file, which others get, it is called by name, wherever it is on this machine.

    Args:
        machine: The machine.
        scope: Where the entry goes: "project", "user" or "local".

    Raises:
        RefusedError: No other program could call it.
    """
    called = PROGRAM if scope == "project" else reached(machine, PROGRAM)
    if called is None:
        raise RefusedError(
            f"the program {PROGRAM} was not found, which Claude Code would call for the headers",
            remedy=f"put {PROGRAM} on PATH",
        )
    return f"{quoted(machine, called)} mcp headers"


def unreached(machine: Machine) -> str:
    """What to do before Claude Code finds the helper by its name; empty where it does."""
    return "" if is_on_path(machine, PROGRAM) else way_onto_path(machine, PROGRAM)


def parsed_header(given: str) -> tuple[str, Secret | None]:
    """A header's name and, where one was given, its value."""
    name, colon, value = given.partition(":")
    return name.strip(), Secret(value.strip()) if colon else None


def claude_command(name: str, scope: str, value: dict[str, Any]) -> str:
    """The command line that puts an entry into Claude Code's own file."""
    words = ["claude", "mcp", "add-json", "--scope", scope, name, json.dumps(value)]
    return shlex.join(words)


def project_file(machine: Machine) -> tuple[Path, str]:
    """The folder's `.mcp.json` and its text; an empty object where there is none.

    Raises:
        ConfigError: It can't be read, or holds no JSON object.
    """
    path = machine.cwd / PROJECT_FILE
    text: Text = machine.text(path)
    problem = text.problem or machine.json(path).problem
    if problem:
        raise ConfigError(f"the file {problem}", where=str(path), remedy="correct it first")
    return path, text.content.reveal() if text.content else "{}\n"


def write(machine: Machine, host: Host, path: Path, after: str) -> None:
    """Replaces the file; entries that counted before still do, and the new one with them.

    Raises:
        RecordError: It can't be written.
    """
    before = machine.json(path)
    vouched = not before.get("mcpServers") or distrust_of(machine, before) is None
    host.write(path, after)
    if vouched:
        vouch(machine, host, json.loads(after))


def vouch(machine: Machine, host: Host, data: dict[str, Any]) -> None:
    """Records that the folder's entries count as they are now.

    Raises:
        RecordError: It can't be written.
    """
    machine.records(KIND).write(
        host,
        str(machine.cwd),
        {
            "folder": str(machine.cwd),
            "digest": digest(data.get("mcpServers")),
            "decided_at": round(host.now()),
        },
    )


def without(text: str, name: str) -> str:
    """The text without the entry of that name."""
    return edit.remove(text, ["mcpServers", name])
