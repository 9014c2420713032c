"""`keyhole vault check`."""

from __future__ import annotations

import json
from typing import Any

import click

from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, pass_world
from keyhole.errors import KeyholeError
from keyhole.host import Host
from keyhole_vault_helper.chosen import usable
from keyhole_vault_helper.contract import Vault

__all__ = ["check"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@pass_world
def check(world: World, *, as_json: bool) -> int:
    """Go the way to the key step by step, and say where it ends and what to do there.

    The key itself is never shown, and nothing that was read before is used. Exit codes: 0 it is
    there, 1 a step failed, 3 no vault is configured, 4 something is missing here.
    """
    vault = usable(world.machine())
    with plugins_on_stderr():
        said = _taken(vault, world.host)
    if as_json:
        click.echo(json.dumps({"about": vault.about, "steps": said}, indent=2))
    else:
        click.echo("\n".join(_page(vault, said)))
    return 0 if all(one["outcome"] == "ok" for one in said) else 1


def _taken(vault: Vault, host: Host) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    failed = False
    for step in vault.steps(host):
        if failed:
            said.append(_said(step.name, "not reached"))
            continue
        try:
            said.append(_said(step.name, "ok", step.look()))
        except KeyholeError as error:
            failed = True
            said.append(_said(step.name, "failed", error.problem, error.remedy))
    return said


def _said(name: str, outcome: str, found: str = "", remedy: str = "") -> dict[str, Any]:
    return {"step": name, "outcome": outcome, "said": found or None, "remedy": remedy or None}


def _page(vault: Vault, said: list[dict[str, Any]]) -> list[str]:
    lines = [vault.about]
    for one in said:
        lines.append(f"  {_MARKS[one['outcome']]} {one['step']:<8} {one['said'] or one['outcome']}")
        if one["remedy"]:
            lines.append(f"    {'':<8} what to do: {one['remedy']}")
    return lines


_MARKS = {"ok": "✓", "failed": "✗", "not reached": "·"}
