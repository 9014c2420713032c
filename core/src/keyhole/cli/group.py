"""The command group: each command is imported only when it is called."""

from __future__ import annotations

from collections.abc import Mapping

import click

from keyhole.cli.action import imported
from keyhole.cli.clicked import Group, as_command
from keyhole.cli.own import OWN, of_plugins
from keyhole.cli.world import World
from keyhole.command import Command
from keyhole.errors import KeyholeError, UsageError
from keyhole.fault import place_of

__all__ = ["OWN", "KeyholeGroup", "keyhole"]


class KeyholeGroup(Group):
    """Finds its commands among keyhole's own and, for other names, the plugins'."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*OWN, *sorted(_listed(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = OWN.get(cmd_name) or _of_plugins(ctx).get(cmd_name)
        return None if command is None else _imported(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = {**OWN, **_listed(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in commands.items()])


def _of_plugins(ctx: click.Context) -> Mapping[str, Command]:
    """The plugins' commands; of two with one name, the first by distribution counts."""
    world = ctx.find_object(World)
    if world is None:
        return {}
    return of_plugins(world.plugins())


def _listed(ctx: click.Context) -> Mapping[str, Command]:
    """The same for a help screen, which a broken configuration must not hide."""
    try:
        return _of_plugins(ctx)
    except KeyholeError:
        return {}


def _imported(command: Command) -> click.Command:
    try:
        found = as_command(imported(command.target))
    except Exception as error:
        raise UsageError(
            f"the command {command.name} can't be imported: {place_of(error)}",
            remedy="`keyhole plugins` says where it comes from",
        ) from error
    if not isinstance(found, click.Command):
        raise UsageError(f"the command {command.name} is not a click command ({command.target})")
    return found


@click.group(cls=KeyholeGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keyhole-core", prog_name="keyhole")
def keyhole() -> None:
    """Find the one credential that is used for Anthropic, and say which one it is and why.

    Start with `keyhole status`. Exit codes: 0 a usable credential, 1 an error, 2 wrong usage,
    3 no credential, 4 one that is found but can't be used, 5 another one than is expected.
    """
