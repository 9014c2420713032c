"""`keyhole mcp headers`: made to be Claude Code's `headersHelper`."""

from __future__ import annotations

import json

from keyhole.cli.action import Takes, action
from keyhole.cli.quiet import plugins_on_stderr, say
from keyhole.cli.scene import World
from keyhole.errors import RefusedError
from keyhole.machine import Machine
from keyhole_mcp.headers import headers_of
from keyhole_mcp.server import Server
from keyhole_mcp.servers import server_named

__all__ = ["headers"]

_ASKED_FOR = "CLAUDE_CODE_MCP_SERVER_URL"


@action(Takes("server"))
def headers(world: World, server: str) -> None:
    """Print the headers for SERVER (a name or a URL) as one JSON object; they hold the secret.

    Never asks and never opens a browser: exit code 4 says that only a login helps.
    """
    machine = world.plain
    with plugins_on_stderr():
        meant = server_named(machine, server)
        _check_asked(machine, meant)
        found = headers_of(meant, machine, world.host)
    say(json.dumps(found))


def _check_asked(machine: Machine, server: Server) -> None:
    """Claude Code says which URL it is about to ask; headers for another one would be given away.

    Raises:
        RefusedError: It is another one.
    """
    asked = machine.variable(_ASKED_FOR).text
    if asked and asked != server.url:
        raise RefusedError(
            "Claude Code asks for the headers of a server with another URL",
            where=str(server.where),
            remedy="`keyhole mcp list` shows both entries; rename one of them",
        )
