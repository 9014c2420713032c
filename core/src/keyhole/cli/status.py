"""`keyhole status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from keyhole import report
from keyhole.cli import screen
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, machine_options, pass_world
from keyhole.machine import Machine
from keyhole.walk import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyhole.verify import Verification

__all__ = ["status"]


@click.command()
@machine_options
@click.option("--order", metavar="NAME", help="A named order: claude-code or anthropic-sdk.")
@click.option(
    "--verify", "ask", is_flag=True, help="Ask the API once whether it takes the credential."
)
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
    ask: bool,
    as_json: bool,
) -> None:
    """Say which credential wins, where it was found, and why the others lost.

    Looking has no effects: nothing is run, sent or written, except with --verify. Exit code 0 if a
    credential is found (and not known to be unusable), 3 if there is none, 4 if the one that wins
    can't be used, 5 if it is not the one that [expect] names.
    """

    def look() -> Machine:
        return world.machine(settings=settings, bare=bare, interactive=mode == "interactive")

    with plugins_on_stderr():
        answer = survey(look(), order=order)
        verification = _asked(answer, look, world) if ask else None
    if as_json:
        click.echo(json.dumps(report.document(answer, verification), indent=2))
    else:
        click.echo(screen.render(answer, screen.width(), verification))
    ctx.exit(report.exit_code(answer, verification))


def _asked(answer: Survey, look: Callable[[], Machine], world: World) -> Verification:
    # Only here: without --verify nothing is loaded, and what loading takes is not imported.
    from keyhole.verify import asked

    return asked(answer, look, world.host)
