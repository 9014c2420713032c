"""`keyhole vault logout`."""

from __future__ import annotations

import click

from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, pass_world
from keyhole.errors import NoCredentialError
from keyhole_vault_helper.chosen import NOTHING, chosen
from keyhole_vault_helper.errors import VaultError
from keyhole_vault_helper.kept import Kept

__all__ = ["logout"]


@click.command()
@pass_world
def logout(world: World) -> int:
    """Revoke what keyhole got at the vault (its token, its leases), and forget the key.

    A token that somebody else got (VAULT_TOKEN, ~/.vault-token) is theirs, and stays. Exit code 1
    where the vault could not be told: then the token works there until it ends.
    """
    machine = world.machine()
    vault = chosen(machine)
    if vault is None:
        raise NoCredentialError(NOTHING)
    try:
        with plugins_on_stderr():
            ended = Kept(vault, machine, world.host, lambda _: None).forget()
    except VaultError as error:
        click.echo(f"Forgotten here; the vault could not be told: {error}", err=True)
        return 1
    told = f"; revoked there: {', '.join(ended)}" if ended else ""
    click.echo(f"Forgotten here{told}.")
    return 0
