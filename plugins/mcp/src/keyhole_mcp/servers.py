"""Every MCP server that this machine names, and the one that a user means."""

from __future__ import annotations

from keyhole.errors import BrokenCredentialError, UsageError
from keyhole.frozen import evolve
from keyhole.machine import Machine
from keyhole.spelling import meant
from keyhole.where import Where
from keyhole_mcp.entry import server_in
from keyhole_mcp.exceptions import exceptions_of
from keyhole_mcp.extensions.chosen import chosen_for
from keyhole_mcp.files import places
from keyhole_mcp.origin import origin_of
from keyhole_mcp.server import Scope, Server

__all__ = ["problems", "server_named", "servers_of"]


def servers_of(machine: Machine) -> tuple[Server, ...]:
    """All entries, the stronger first; of one name the first that counts is in force, whole.

    Raises:
        ConfigError: keyhole's configuration holds something that it must not.
    """
    environ = machine.environment()
    strongest: dict[str, Where] = {}
    found = []
    for place in places(machine):
        for name in place.servers:
            server = _configured(server_in(place, name, environ), machine)
            found.append(evolve(server, shadowed_by=strongest.get(name)))
            if server.distrust is None:
                strongest.setdefault(name, server.where)
    return tuple(found)


def server_named(machine: Machine, name: str) -> Server:
    """The server that a user means.

    An entry that does not count stands in the way of its name alone: a URL means itself, whatever a
    cloned folder says about it.

    Args:
        machine: Where to look.
        name: Its name, or a URL: that of a configured server, or of one that is not.

    Raises:
        UsageError: There is no such server.
        BrokenCredentialError: There is, and its entry does not count or is not sound.
    """
    servers = servers_of(machine)
    named = [server for server in servers if name in (server.name, server.url)]
    for server in named:
        if server.in_force:
            return _sound(server)
    if origin_of(name):
        where = Where("the command line")
        return _configured(Server(name, Scope.GIVEN, where, url=name), machine)
    for server in named:
        if server.distrust:
            raise BrokenCredentialError(
                server.distrust.reason, where=str(server.where), remedy=server.distrust.remedy
            )
    raise UsageError(
        f"there is no MCP server of that name{meant(name, [server.name for server in servers])}",
        where=name,
        remedy="`keyhole mcp list` shows them",
    )


def problems(machine: Machine) -> tuple[str, ...]:
    """A sentence for each file that can't be read."""
    broken = {place.document.place: place.document.problem for place in places(machine)}
    return tuple(f"{place} {problem}." for place, problem in broken.items() if problem)


def _configured(server: Server, machine: Machine) -> Server:
    """The server with what keyhole's configuration says about it."""
    named = server.scope is not Scope.PROJECT
    return evolve(
        server,
        exceptions=exceptions_of(machine, server.name, server.url, named=named),
        chosen=chosen_for(machine, server.url),
    )


def _sound(server: Server) -> Server:
    if server.problem:
        raise BrokenCredentialError(
            server.problem, where=str(server.where), remedy="correct the entry"
        )
    if server.exceptions.misplaced:
        raise BrokenCredentialError(
            f"the table is by name, and {server.name} is a project's entry here: a cloned folder's "
            "may bear any name",
            where=server.exceptions.misplaced,
            remedy=f'if it is meant, say it by URL: [mcp."{server.shown}"]',
        )
    return server
