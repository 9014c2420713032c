"""`keyhole status`."""

from __future__ import annotations

import json

import click

from keyhole import report
from keyhole.cli import screen
from keyhole.cli.world import World, machine_options, pass_world
from keyhole.walk import survey

__all__ = ["status"]


@click.command()
@machine_options
@click.option("--order", metavar="NAME", help="A named order: claude-code or anthropic-sdk.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/reference has its schema).")
@pass_world
@click.pass_context
def status(
    ctx: click.Context,
    world: World,
    *,
    bare: bool,
    mode: str,
    settings: str | None,
    order: str | None,
    as_json: bool,
) -> None:
    """Say which credential wins, where it was found, and why the others lost.

    Looking has no effects: nothing is run, sent or written. Exit code 0 if a credential is found
    (and not known to be unusable), 3 if there is none, 4 if the one that wins can't be used.
    """
    machine = world.machine(settings=settings, bare=bare, interactive=mode == "interactive")
    found = survey(machine, order=order)
    if as_json:
        click.echo(json.dumps(report.document(found), indent=2))
    else:
        click.echo(screen.render(found, screen.width()))
    ctx.exit(report.exit_code(found.resolution))
