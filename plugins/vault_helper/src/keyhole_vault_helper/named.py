"""What a name in the configuration stands for: built in, or an entry point of a third party."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from keyhole.errors import ConfigError
from keyhole.machine import Machine
from keyhole.option import Option
from keyhole.spelling import meant

__all__ = ["named"]


def named(machine: Machine, option: Option, built_in: Mapping[str, str], group: str) -> Any:
    """Imports what an option names.

    Args:
        machine: The machine.
        option: The option.
        built_in: "module:attribute" by name.
        group: The entry points where further names are looked for.

    Raises:
        ConfigError: Nothing of that name is installed, or `[plugins]` does not admit it.
    """
    name: str = machine.config.get(option)
    target = built_in.get(name) or _of_others(machine, group, name)
    if target is None:
        entry = machine.config.entries.get(option.key)
        raise ConfigError(
            f"nothing named '{name}' is installed{meant(name, built_in)}",
            where=entry.spot if entry else "",
            remedy=f"'{option.key}' takes {', '.join(built_in)}, or what a distribution adds",
        )
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        problem = f"{option.key} = '{name}' can't be imported ({type(error).__name__})"
    raise ConfigError(problem, where=target, remedy="install the distribution that brings it anew")


def _of_others(machine: Machine, group: str, name: str) -> str | None:
    # It reads the disk: only for a name that is not built in.
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=group, name=name), key=lambda one: one.value):
        if machine.config.admits(name, point.dist.name if point.dist else name):
            return point.value
    return None
