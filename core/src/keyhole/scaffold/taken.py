"""Whether a plugin's name is free: two with one name break each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keyhole.errors import UsageError
from keyhole.plugins import Plugins
from keyhole.scaffold.names import Names
from keyhole.scaffold.parts import Part
from keyhole.stores.offered import BUILT_IN
from keyhole.tiers import TIERS

__all__ = ["refuse_taken"]

CORE = "keyhole-core"


def refuse_taken(
    names: Names, parts: Iterable[Part], plugins: Plugins, commands: Iterable[str]
) -> None:
    """Refuses a name that something else has.

    Args:
        names: What the plugin is to be called.
        parts: What it is to bring.
        plugins: What is installed.
        commands: keyhole's own commands, which no plugin can replace.

    Raises:
        UsageError: Something has it; with who that is.
    """
    wanted = {part.name for part in parts} | {"distribution"}
    for kind, name, owner in _known(plugins, commands):
        mine = names.distribution if kind == "distribution" else names.name
        if kind in wanted and name == mine:
            raise UsageError(
                f"there is a {kind} named {name} already ({owner})",
                where="NAME",
                remedy="choose another name: of two with one name, neither can be relied on",
            )


def _known(plugins: Plugins, commands: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Each name that is taken: of what, the name, and who has it."""
    yield "distribution", CORE, "keyhole itself"
    for tier in TIERS:
        yield "distribution", tier.distribution, "keyhole's own"
        yield "source", tier.name, tier.distribution
    for plugin in plugins.plugins:
        yield "distribution", plugin.distribution, "it is installed"
    for name in commands:
        yield "command", name, CORE
    for factory in BUILT_IN:
        yield "store", factory.name, CORE
    for kind, brought in (
        ("source", plugins.sources),
        ("store", plugins.stores),
        ("command", plugins.commands),
    ):
        for one in brought:
            yield kind, one.item.name, one.distribution
