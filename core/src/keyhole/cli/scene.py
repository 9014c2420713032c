"""What the commands work on: the machine to look at, and the host to act through."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol, final

from keyhole.cli.quiet import plugins_on_stderr

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.plugins import Plugins

__all__ = ["Look", "World"]


class Look(Protocol):
    """Takes a look at the machine, as `Machine.real` does."""

    def __call__(
        self, *, settings: str | None = None, bare: bool = False, interactive: bool = False
    ) -> Machine: ...


@final
class World:
    """The machine and the host.

    Args:
        machine: Takes a look at the machine.
        host: What may be done.
    """

    def __init__(self, machine: Look, host: Host) -> None:
        self.machine = machine
        self.host = host

    @classmethod
    def real(cls) -> World:
        """This machine."""
        from keyhole.host import RealHost
        from keyhole.machine import Machine

        return cls(Machine.real, RealHost())

    def plugins(self) -> Plugins:
        """What is installed and admitted by the configuration.

        Raises:
            ConfigError: The configuration holds something that it must not.
        """
        return self._installed

    @cached_property
    def plain(self) -> Machine:
        """The machine as it is without any option; looked at once."""
        return self.machine()

    @cached_property
    def _installed(self) -> Plugins:
        from keyhole.plugins import load

        with plugins_on_stderr():
            return load(self.plain.config).all_asked()
