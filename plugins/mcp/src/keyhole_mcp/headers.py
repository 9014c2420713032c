"""The headers that authenticate to one MCP server, wherever they are kept."""

from __future__ import annotations

from keyhole.errors import RefusedError
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole_mcp.kept import kept_headers
from keyhole_mcp.server import Server

__all__ = ["configured_headers", "headers_of"]


def headers_of(server: Server, machine: Machine, host: Host) -> dict[str, str]:
    """What a request to the server must carry; never asks a person.

    Without an `Authorization` among the configured headers, the OAuth token joins that is kept, or
    that a configured grant gets.

    Raises:
        RefusedError: The server takes no headers.
        LoginRequiredError: Only a login helps.
        StoreError: A store can't be used.
    """
    if not server.remote:
        raise RefusedError(
            f"a {server.transport} server is sent no headers by keyhole", where=str(server.where)
        )
    found = configured_headers(server, machine, host)
    if any(name.lower() == "authorization" for name in found):
        return found
    # What a login takes is not imported for headers that are configured.
    from keyhole_mcp import held

    if found and not server.chosen.grant and not held.pointers(server, machine):
        return found
    return found | held.headers(server, machine, host)


def configured_headers(server: Server, machine: Machine, host: Host) -> dict[str, str]:
    """The headers that a user configured: those in keyhole's store count before the entry's own.

    Raises:
        StoreError: A store can't be used.
    """
    found = {header.name: header.value.reveal() for header in server.headers}
    kept = kept_headers(machine, host, server.url)
    if kept:
        names = {name.lower() for name in kept}
        found = {name: value for name, value in found.items() if name.lower() not in names}
        found |= {name: value.reveal() for name, value in kept.items()}
    return found
