"""`keyhole plugins`."""

from __future__ import annotations

import json
from typing import Any

import click

from keyhole.cli.world import World, pass_world
from keyhole.ordering import effective, rank
from keyhole.plugins import Plugins, Registered
from keyhole.report import problem_of_plugin
from keyhole.standin import complete
from keyhole.tiers import ORDERS

__all__ = ["plugins"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def plugins(world: World, *, as_json: bool) -> None:
    """List the installed plugins, the order of their sources, and what failed.

    A known tier without a plugin is listed too, with what to install for it.
    """
    config = world.machine().config
    found = world.plugins()
    overrides = (config.priority, ORDERS[config.order])
    served = {source.item.name for source in found.sources}
    sources = [
        {
            "source": source.item.name,
            "priority": effective(source.item, *overrides),
            "distribution": source.distribution,
            "installed": source.item.name in served,
        }
        for source in _ordered(found, *overrides)
    ]
    click.echo(
        json.dumps(_document(found, sources), indent=2) if as_json else _page(found, sources)
    )


def _ordered(found: Plugins, *overrides: Any) -> list[Registered]:
    owners = {registered.item.name: registered for registered in complete(found)}
    ranked = rank((registered.item for registered in owners.values()), *overrides)
    return [owners[source.name] for source in ranked]


def _document(found: Plugins, sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "plugins": [
            {
                "plugin": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "state": plugin.state,
            }
            for plugin in found.plugins
        ],
        "sources": sources,
        "commands": [
            {"command": command.item.name, "distribution": command.distribution}
            for command in found.commands
        ],
        "problems": [problem_of_plugin(problem) for problem in found.problems],
    }


def _page(found: Plugins, sources: list[dict[str, Any]]) -> str:
    lines = [click.style("Plugins", bold=True)]
    lines += [
        f"  {plugin.distribution:<26} {plugin.version:<10} {plugin.state}"
        for plugin in found.plugins
    ]
    lines += ["", click.style("Sources, in the order in which they are asked", bold=True)]
    lines += [
        f"  {source['priority']:>5}  {source['source']:<16} {source['distribution']}"
        + ("" if source["installed"] else " (not installed)")
        for source in sources
    ]
    if found.problems:
        lines += ["", click.style("Problems", bold=True, fg="red")]
        lines += [
            f"  {problem.distribution} {problem.problem}\n    what to do: {problem.remedy}"
            for problem in found.problems
        ]
    return "\n".join(lines)
