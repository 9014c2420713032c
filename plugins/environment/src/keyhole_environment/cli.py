"""`keyhole approve` and `keyhole deny`."""

from __future__ import annotations

import click

from keyhole import Machine, Secret
from keyhole.cli.world import World, pass_world
from keyhole.errors import NoCredentialError
from keyhole_environment import approval
from keyhole_environment.api_key import VARIABLE

__all__ = ["approve", "deny"]


@click.command()
@pass_world
def approve(world: World) -> None:
    """Let interactive use take the API key that is in ANTHROPIC_API_KEY now.

    Claude Code asks the same question once and keeps its own answer; that one is left alone.
    `keyhole deny` takes this back.
    """
    _decide(world, approved=True)


@click.command()
@pass_world
def deny(world: World) -> None:
    """Keep interactive use from taking the API key that is in ANTHROPIC_API_KEY now.

    Print mode takes the key all the same, as Claude Code does: unset the variable to stop that.
    `keyhole approve` takes this back.
    """
    _decide(world, approved=False)


def _decide(world: World, *, approved: bool) -> None:
    machine = world.machine()
    value = _key(machine)
    machine.records(approval.KIND).write(
        world.host,
        value.digest(),
        {"approved": approved, "ending": value.ending(), "decided_at": round(world.host.now())},
    )
    verb = "approved" if approved else "denied"
    click.echo(f"The API key ending in …{value.ending()} is {verb} for interactive use.")


def _key(machine: Machine) -> Secret:
    variable = machine.variable(VARIABLE)
    if variable.value is None:
        raise NoCredentialError(variable.absence, remedy=f"export {VARIABLE} first")
    return variable.value
