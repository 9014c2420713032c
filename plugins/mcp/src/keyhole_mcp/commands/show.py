"""`keyhole mcp list` and `keyhole mcp status`."""

from __future__ import annotations

import json

import click

from keyhole.cli.world import World, pass_world
from keyhole.machine import Machine
from keyhole_mcp.listing import facts, page
from keyhole_mcp.server import Server
from keyhole_mcp.servers import problems, server_named, servers_of

__all__ = ["listed", "status"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def listed(world: World, *, as_json: bool) -> None:
    """Show each MCP server: where it stands, whether it counts, how it is authenticated to.

    Looking has no effects: no server and no store is asked.
    """
    machine = world.machine()
    servers = servers_of(machine)
    _show(servers, machine, len(servers), as_json=as_json)


@click.command()
@click.argument("server", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def status(world: World, server: str | None, *, as_json: bool) -> None:
    """Show the servers that count, or SERVER alone; never opens a browser.

    Exit code 4 if SERVER is configured and its entry can't be used.
    """
    machine = world.machine()
    there = (server_named(machine, server),) if server else servers_of(machine)
    shown = there if server else tuple(one for one in there if one.in_force)
    _show(shown, machine, len(there), as_json=as_json)


def _show(servers: tuple[Server, ...], machine: Machine, there: int, *, as_json: bool) -> None:
    found, wrong = [facts(server, machine) for server in servers], problems(machine)
    if as_json:
        click.echo(json.dumps({"servers": found, "problems": list(wrong)}, indent=2))
    else:
        click.echo(page(found, wrong, there))
