"""The files that name MCP servers, the strongest first."""

from __future__ import annotations

from collections.abc import Iterator

from keyhole.claude_code import managed_folder
from keyhole.machine import Machine
from keyhole_mcp.entry import Place
from keyhole_mcp.server import Scope
from keyhole_mcp.vouching import distrust_of

__all__ = ["places"]

PROJECT_FILE = ".mcp.json"


def places(machine: Machine) -> tuple[Place, ...]:
    """Every object of servers on this machine, whether it counts or not.

    managed > local > project > user. An administrator's `managed-mcp.json` leaves no other.
    """
    managed = machine.json(managed_folder(machine.platform) / "managed-mcp.json")
    if not managed.missing:
        return (Place(managed, Scope.MANAGED),)
    return tuple(_own(machine))


def _own(machine: Machine) -> Iterator[Place]:
    state = machine.claude_state
    yield Place(state, Scope.LOCAL, ("projects", str(machine.cwd), "mcpServers"))
    project = machine.json(machine.cwd / PROJECT_FILE)
    yield Place(project, Scope.PROJECT, distrust=distrust_of(machine, project))
    yield Place(state, Scope.USER)
