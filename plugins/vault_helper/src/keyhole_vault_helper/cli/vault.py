"""`keyhole vault`."""

from __future__ import annotations

import click

from keyhole_vault_helper.cli.check import check
from keyhole_vault_helper.cli.configure import configure, unconfigure
from keyhole_vault_helper.cli.get import get
from keyhole_vault_helper.cli.logout import logout

__all__ = ["vault"]


@click.group()
def vault() -> None:
    """Read a key from a vault, and check the way to it.

    `[vault]` in keyhole's configuration says where the key is.
    """


for _command in (get, check, configure, unconfigure, logout):
    vault.add_command(_command)
