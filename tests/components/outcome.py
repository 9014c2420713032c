"""What a home comes to for whoever works in it: who wins, and what variables and servers get."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyhole import Found, Machine, survey
from keyhole.errors import KeyholeError
from keyhole.host import RealHost

__all__ = ["outcome"]

_LAYERS = ("../.claude/settings.json", ".claude/settings.json", ".claude/settings.local.json")
_OF_A_WINNER = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"}


def outcome(machine: Machine, environ: Mapping[str, str]) -> dict[str, Any]:
    """Everything that a change of the configuration must leave as it was.

    Args:
        machine: A look at the home.
        environ: Its variables; PATH must lead to `keyhole`.
    """
    return {
        "secrets sent": _sent(machine),
        "variables": _variables(machine),
        "servers": {name: _server(machine, environ, one) for name, one in _servers(machine)},
    }


def _sent(machine: Machine) -> Any:
    """The secrets of the winner, whichever source it is and whatever headers they go in."""
    active = survey(machine).resolution.active
    if active is None or not isinstance(active.finding, Found):
        return active and active.source.name
    try:
        headers = active.finding.load(RealHost(), None).headers()
    except KeyholeError as error:
        return type(error).__name__
    return {text.removeprefix("Bearer ") for text in headers.values()}


def _variables(machine: Machine) -> dict[str, Any]:
    """The `env` blocks of the settings layers, the later over the earlier."""
    merged: dict[str, Any] = {}
    for name in _LAYERS:
        merged |= _json(machine.cwd / name).get("env") or {}
    return {name: text for name, text in merged.items() if name not in _OF_A_WINNER}


def _servers(machine: Machine) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in (machine.cwd / ".mcp.json", machine.home / ".claude.json"):
        yield from (_json(path).get("mcpServers") or {}).items()


def _server(machine: Machine, environ: Mapping[str, str], server: Mapping[str, Any]) -> Any:
    """The headers or the variables that a server is given in the end."""
    headers = dict(server.get("headers") or {})
    helper = str(server.get("headersHelper", ""))
    if helper.startswith("keyhole "):
        asked = {**environ, "CLAUDE_CODE_MCP_SERVER_URL": str(server["url"])}
        headers |= json.loads(_printed(["sh", "-c", helper], asked, machine.cwd))
    variables = dict(server.get("env") or {})
    words = [str(server.get("command", "")), *map(str, server.get("args") or ())]
    if words[:3] == ["keyhole", "secret", "run"]:
        end = words.index("--")
        printed = _printed([*words[: end + 1], "env", "-0"], environ, machine.cwd)
        given = dict(line.partition("=")[::2] for line in printed.split("\0"))
        asked_for = [words[at + 1] for at, word in enumerate(words[:end]) if word == "--env"]
        variables |= {name: given[name] for name in asked_for}
        words = words[end + 1 :]
    return headers, variables, words, server.get("url")


def _printed(command: list[str], environ: Mapping[str, str], cwd: Path) -> str:
    done = subprocess.run(
        command,
        env=dict(environ),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return str(done.stdout).strip()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
