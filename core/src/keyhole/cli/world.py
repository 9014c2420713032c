"""What the commands work on: the machine to look at, and the host to act through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import attrs
import click

from keyhole.cli.quiet import plugins_on_stderr
from keyhole.host import Host, RealHost
from keyhole.machine import Machine
from keyhole.plugins import Plugins, load

__all__ = ["Look", "World", "machine_options", "pass_world"]

_F = TypeVar("_F", bound=Callable[..., Any])


class Look(Protocol):
    """Takes a look at the machine, as `Machine.real` does."""

    def __call__(
        self, *, settings: str | None = None, bare: bool = False, interactive: bool = False
    ) -> Machine: ...


@attrs.frozen
class World:
    """The machine and the host.

    Attributes:
        machine: Takes a look at the machine.
        host: What may be done.
    """

    machine: Look
    host: Host

    @classmethod
    def real(cls) -> World:
        """This machine."""
        return cls(Machine.real, RealHost())

    def plugins(self) -> Plugins:
        """What is installed and admitted by the configuration.

        Raises:
            ConfigError: The configuration holds something that it must not.
        """
        with plugins_on_stderr():
            return load(self.machine().config)


pass_world = click.make_pass_decorator(World)


def machine_options(command: _F) -> _F:
    """The options that say how Claude Code would be started."""
    for option in (
        click.option(
            "--settings",
            metavar="FILE-OR-JSON",
            help="Settings that rank above the project's and the user's, as `claude --settings`.",
        ),
        click.option(
            "--mode",
            type=click.Choice(["print", "interactive"]),
            default="print",
            show_default=True,
            help="Whether a person answers questions; never guessed from the terminal.",
        ),
        click.option("--bare", is_flag=True, help="Look as `claude --bare` would."),
    ):
        command = option(command)
    return command
