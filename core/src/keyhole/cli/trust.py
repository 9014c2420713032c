"""`keyhole trust` and `keyhole untrust`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from keyhole.cli.person import confirm
from keyhole.cli.world import World, pass_world
from keyhole.machine import Machine
from keyhole.redaction import printable, redact, redact_command
from keyhole.settings import Layer
from keyhole.trust import digest, stakes

__all__ = ["trust", "untrust"]

_KIND = "trust"


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def trust(world: World, *, yes: bool) -> None:
    """Let the settings of the folder you are in choose helpers, endpoints and credentials.

    What they choose is shown first, and pinned: when a later pull changes it, the folder is no
    longer trusted until you say so again. `keyhole untrust` takes it back.
    """
    machine = world.machine()
    chosen = stakes(machine.layers)
    if not chosen:
        click.echo(f"The settings of {machine.cwd} choose nothing; there is nothing to trust.")
        return
    click.echo(f"The settings of {machine.cwd} choose:")
    for line in _shown(machine, chosen):
        click.echo(f"  {line}")
    if all(layer.distrust is None for layer in machine.layers if layer.scope.of_a_folder):
        click.echo(f"{machine.cwd} is trusted already; nothing was changed.")
        return
    if not yes:
        confirm("Trust them?")
    machine.records(_KIND).write(
        world.host,
        str(machine.cwd),
        {
            "folder": str(machine.cwd),
            "digest": digest(machine.layers),
            "decided_at": round(world.host.now()),
        },
    )
    click.echo(f"{machine.cwd} is trusted as it is now.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@pass_world
def untrust(world: World, folder: Path | None) -> None:
    """Take back the trust in FOLDER (default: the folder you are in).

    Trust that was given in Claude Code is Claude Code's; `[trust] claude_code = false` in
    keyhole's configuration makes keyhole ignore it.
    """
    machine = world.machine()
    about = (machine.cwd / folder).resolve() if folder else machine.cwd
    removed = machine.records(_KIND).remove(world.host, str(about))
    click.echo(f"{about} is {'no longer trusted' if removed else 'not trusted by keyhole anyway'}.")


def _shown(machine: Machine, chosen: Mapping[str, Any]) -> list[str]:
    """One line for each choice; of the variables only the URLs show what they say."""
    lines = []
    for layer in machine.layers:
        for name, value in chosen.get(layer.scope.value, {}).items():
            if name == "env":
                lines += [_variable(layer, variable) for variable in value]
            else:
                lines.append(f"{layer.where(name)}: {printable(redact_command(value))}")
    return lines


def _variable(layer: Layer, name: str) -> str:
    place = printable(str(layer.where("env", name)))
    value = layer.variable(name)
    if value is None or not name.endswith("_URL"):
        return place
    return f"{place}: {printable(redact(value.reveal()))}"
