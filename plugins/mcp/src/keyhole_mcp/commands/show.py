"""`keyhole mcp list` and `keyhole mcp status`."""

from __future__ import annotations

import json
from typing import Any

import click

from keyhole.cli.world import World, pass_world
from keyhole_mcp.listing import facts, page
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
    found = [facts(server, machine) for server in servers_of(machine)]
    _show({"servers": found, "problems": list(problems(machine))}, as_json=as_json)


@click.command()
@click.argument("server", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def status(world: World, server: str | None, *, as_json: bool) -> None:
    """Show the servers that count, or SERVER alone; never opens a browser.

    Exit code 4 if SERVER is configured and its entry can't be used.
    """
    machine = world.machine()
    chosen = (
        [server_named(machine, server)]
        if server
        else [one for one in servers_of(machine) if one.in_force]
    )
    found = [facts(one, machine) for one in chosen]
    _show({"servers": found, "problems": list(problems(machine))}, as_json=as_json)


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(page(document["servers"], tuple(document["problems"])))
