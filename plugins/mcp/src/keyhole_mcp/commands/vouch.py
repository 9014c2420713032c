"""`keyhole mcp trust`."""

from __future__ import annotations

import click

from keyhole.cli.world import World, pass_world
from keyhole.redaction import printable, redact
from keyhole_mcp.add import project_file, vouch

__all__ = ["trust"]


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def trust(world: World, *, yes: bool) -> None:
    """Let the MCP servers of the folder's .mcp.json count, as they are now.

    When a later pull changes the entries, they no longer count until you say so again.
    """
    machine = world.machine()
    path, _ = project_file(machine)
    document = machine.json(path)
    servers = document.get("mcpServers") or {}
    if not servers:
        click.echo(f"{path} names no server; there is nothing to trust.")
        return
    for name, entry in servers.items():
        url = entry.get("url", "a program") if isinstance(entry, dict) else "no object"
        place = document.where("mcpServers", name)
        click.echo(f"  {printable(str(place))}: {printable(redact(str(url)))}")
    if not yes:
        click.confirm("Trust them?", abort=True, err=True)
    vouch(machine, world.host, dict(document.data))
    click.echo(f"{path} is trusted as it is now.")
