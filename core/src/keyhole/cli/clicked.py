"""An action as a click command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from keyhole.cli.action import Action, Family, Takes
from keyhole.cli.scene import World
from keyhole.spelling import meant

__all__ = ["Group", "as_command", "taking"]

_F = TypeVar("_F", bound=Callable[..., Any])


def as_command(found: Any) -> Any:
    """The click command of an action or a family; everything else is given back as it is."""
    if isinstance(found, Family):
        return _Group(found)
    return _command(found) if isinstance(found, Action) else found


class Group(click.Group):
    """Says which command somebody may have meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(
                f"There is no command '{args[0]}'{meant(args[0], self.list_commands(ctx))}. "
                f"`{ctx.command_path} --help` lists them.",
                ctx,
            ) from error


class _Group(Group):
    def __init__(self, family: Family) -> None:
        super().__init__(family.name, help=family.help)
        self._family = family

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self._family.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in self._family.members:
            return None
        command: click.Command = as_command(self._family.member(cmd_name))
        return command


def _command(action: Action) -> click.Command:
    def call(ctx: click.Context, /, **taken: Any) -> int:
        return action.run(ctx.ensure_object(World), **taken) or 0

    call.__doc__ = action.run.__doc__
    call.__name__ = action.run.__name__
    return click.command()(taking(action.takes)(click.pass_context(call)))


def taking(takes: Sequence[Takes]) -> Callable[[_F], _F]:
    """A decorator that lets a click command take these."""

    def decorated(command: _F) -> _F:
        # A decorator is read from the inside out, and the help from the outside in.
        for one in reversed(takes):
            command = _decorator(one)(command)
        return command

    return decorated


def _decorator(one: Takes) -> Callable[[_F], _F]:
    kind = click.Choice(one.choices) if one.choices else None
    if not one.is_option:
        return click.argument(one.keyword, metavar=one.metavar, type=kind)
    if one.flag:
        return click.option(one.name, one.keyword, is_flag=True, help=one.help)
    return click.option(
        one.name,
        one.keyword,
        type=kind,
        metavar=one.metavar,
        default=one.default,
        show_default=one.default is not None,
        help=one.help,
    )
