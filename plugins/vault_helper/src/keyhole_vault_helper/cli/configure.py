"""`keyhole vault configure` and `unconfigure`."""

from __future__ import annotations

import click

from keyhole import Machine
from keyhole.cli.person import confirm
from keyhole.cli.world import World, pass_world
from keyhole.redaction import printable
from keyhole_vault_helper.chosen import usable
from keyhole_vault_helper.settings import Change, removal, setting, write

__all__ = ["configure", "unconfigure"]


@click.command()
@click.option("--force", is_flag=True, help="Replace another helper.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def configure(world: World, *, force: bool, yes: bool) -> None:
    """Let Claude Code get its key from the vault: write apiKeyHelper into the user's settings.

    The change is shown first. Everything else in the file stays as it is, byte for byte, and a
    copy is kept. Another helper is replaced only with --force.
    """
    machine = world.machine()
    usable(machine)
    _carry_out(world, machine, setting(machine, force=force), yes=yes)
    after = world.machine().setting("apiKeyHelper")
    if after.where and after.layer and after.layer.document.place != str(_file(machine)):
        click.echo(f"Stronger settings name another helper: {after.where}.", err=True)


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def unconfigure(world: World, *, yes: bool) -> None:
    """Take `keyhole vault configure` back; another helper is left alone."""
    machine = world.machine()
    _carry_out(world, machine, removal(machine), yes=yes)


def _carry_out(world: World, machine: Machine, change: Change, *, yes: bool) -> None:
    if not change.is_one:
        click.echo(f"Nothing is to be changed in {change.path}.")
        return
    for line in (f"{change.path}:", *change.shown):
        click.echo(printable(line), err=True)
    if not yes:
        confirm("Do this?")
    copy = write(machine, world.host, change)
    click.echo(f"{change.path} is written." + (f" As it was: {copy}" if copy else ""))


def _file(machine: Machine) -> object:
    return machine.config_folder / "settings.json"
