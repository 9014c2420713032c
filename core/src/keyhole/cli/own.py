"""Which commands there are, and where: data, without any of them being imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keyhole.command import Command

if TYPE_CHECKING:
    from keyhole.plugins import Plugins

__all__ = ["OWN", "of_plugins"]

OWN = {
    command.name: command
    for command in (
        Command("status", "Say which credential wins, and why.", "keyhole.cli.status:status"),
        Command("token", "Print the secret of the credential.", "keyhole.cli.give:token"),
        Command("headers", "Print the headers that it sends.", "keyhole.cli.give:headers"),
        Command("env", "Print what sets it in a shell.", "keyhole.cli.env:env"),
        Command(
            "run", "Run a program with exactly this credential.", "keyhole.cli.run_program:run"
        ),
        Command(
            "plugins", "List what is installed, and what failed.", "keyhole.cli.plugins:plugins"
        ),
        Command("stores", "Show where tokens are kept.", "keyhole.cli.stores:stores"),
        Command("trust", "Let a folder's settings choose.", "keyhole.cli.trust:trust"),
        Command("untrust", "Take that back.", "keyhole.cli.trust:untrust"),
        Command("new-plugin", "Start a plugin of your own.", "keyhole.cli.new_plugin:new_plugin"),
    )
}
"""keyhole's own commands; no plugin can replace one."""


def of_plugins(plugins: Plugins) -> Mapping[str, Command]:
    """The plugins' commands; of two with one name, the first by distribution counts."""
    commands = (registered.item for registered in reversed(plugins.commands))
    return {command.name: command for command in commands if command.name not in OWN}
