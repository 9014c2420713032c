"""`keyhole mcp trust`."""

from __future__ import annotations

import click

from keyhole.cli.person import confirm
from keyhole.cli.world import World, pass_world
from keyhole.redaction import printable
from keyhole_mcp.add import project_file, vouch
from keyhole_mcp.entry import Place
from keyhole_mcp.server import Scope
from keyhole_mcp.shown import rows
from keyhole_mcp.vouching import distrust_of

__all__ = ["trust"]


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def trust(world: World, *, yes: bool) -> None:
    """Let the MCP servers of the folder's .mcp.json count, as they are now.

    What they run and whom they ask is shown first, without values that may be secrets. When a later
    pull changes the entries, they no longer count until you say so again.
    """
    machine = world.machine()
    path, _ = project_file(machine)
    project = Place(machine.json(path), Scope.PROJECT)
    if not project.servers:
        click.echo(f"{path} names no server; there is nothing to trust.")
        return
    click.echo(f"The servers of {path}:")
    for name, entry in project.servers.items():
        first, *more = rows(entry)
        click.echo(f"  {printable(str(project.where(name)))}: {first}")
        for row in more:
            click.echo(f"      {row}")
    if distrust_of(machine, project.document) is None:
        click.echo(f"{path} is trusted already; nothing was changed.")
        return
    if not yes:
        confirm("Trust them?")
    vouch(machine, world.host, dict(project.document.data))
    click.echo(f"{path} is trusted as it is now.")
