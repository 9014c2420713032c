"""The command group: each command is imported only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from keyhole.cli.world import World
from keyhole.command import Command
from keyhole.errors import KeyholeError, UsageError
from keyhole.fault import place_of
from keyhole.spelling import meant

__all__ = ["KeyholeGroup"]

_OWN = {
    command.name: command
    for command in (
        Command("status", "Say which credential wins, and why.", "keyhole.cli.status:status"),
        Command("token", "Print the secret of the credential.", "keyhole.cli.give:token"),
        Command("headers", "Print the headers that it sends.", "keyhole.cli.give:headers"),
        Command("env", "Print what sets it in a shell.", "keyhole.cli.give:env"),
        Command("run", "Run a program with exactly this credential.", "keyhole.cli.run:run"),
        Command(
            "plugins", "List what is installed, and what failed.", "keyhole.cli.plugins:plugins"
        ),
        Command("stores", "Show where tokens are kept.", "keyhole.cli.stores:stores"),
        Command("trust", "Let a folder's settings choose.", "keyhole.cli.trust:trust"),
        Command("untrust", "Take that back.", "keyhole.cli.trust:untrust"),
    )
}


class KeyholeGroup(click.Group):
    """Finds its commands among keyhole's own and, for other names, the plugins'."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_OWN, *sorted(_listed(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = _OWN.get(cmd_name) or _of_plugins(ctx).get(cmd_name)
        return None if command is None else _imported(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(
                f"There is no command '{args[0]}'{meant(args[0], self.list_commands(ctx))}. "
                "`keyhole --help` lists them.",
                ctx,
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = {**_OWN, **_listed(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in commands.items()])


def _of_plugins(ctx: click.Context) -> Mapping[str, Command]:
    """The plugins' commands; of two with one name, the first by distribution counts."""
    world = ctx.find_object(World)
    if world is None:
        return {}
    registered = world.plugins().commands
    return {
        item.item.name: item.item for item in reversed(registered) if item.item.name not in _OWN
    }


def _listed(ctx: click.Context) -> Mapping[str, Command]:
    """The same for a help screen, which a broken configuration must not hide."""
    try:
        return _of_plugins(ctx)
    except KeyholeError:
        return {}


def _imported(command: Command) -> click.Command:
    module, _, attribute = command.target.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:
        raise UsageError(
            f"the command {command.name} can't be imported: {place_of(error)}",
            remedy="`keyhole plugins` says where it comes from",
        ) from error
    if not isinstance(found, click.Command):
        raise UsageError(f"the command {command.name} is not a click command ({command.target})")
    return found
