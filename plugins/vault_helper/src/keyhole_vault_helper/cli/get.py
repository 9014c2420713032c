"""`keyhole vault get`."""

from __future__ import annotations

import click

from keyhole.cli.quiet import plugins_on_stderr, say
from keyhole.cli.world import World, pass_world
from keyhole_vault_helper.chosen import usable
from keyhole_vault_helper.kept import Kept
from keyhole_vault_helper.options import KIND
from keyhole_vault_helper.output import rendered

__all__ = ["get"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the object of the helper contract.")
@pass_world
def get(world: World, *, as_json: bool) -> None:
    """Print the key in the vault, even where another credential wins.

    Other processes have read it for this one, where that was less than [vault] refresh ago.
    """
    machine = world.machine()
    with plugins_on_stderr():
        record = Kept(usable(machine), machine, world.host, _warn).current()
    say(rendered(record, machine.config.get(KIND), as_json=as_json))


def _warn(sentence: str) -> None:
    click.echo(f"keyhole: warning: {sentence}", err=True)
