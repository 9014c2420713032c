"""`keyhole mcp explain`."""

from __future__ import annotations

import json
from typing import Any

import attrs
import click

from keyhole.cli.world import World, pass_world
from keyhole.errors import RefusedError
from keyhole_mcp.explaining import Step, explained
from keyhole_mcp.servers import server_named

__all__ = ["explain"]


@click.command()
@click.argument("server")
@click.option("--account", default="", help="Which of several accounts.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
@click.pass_context
def explain(ctx: click.Context, world: World, server: str, *, account: str, as_json: bool) -> None:
    """Go through a sign-in at SERVER step by step, and say what each step finds.

    The server and its authorization server are asked for their metadata. Nothing is registered, no
    browser opens, no token is sent. Exit code 1 if a step fails.
    """
    machine = world.machine()
    meant = server_named(machine, server)
    if not meant.remote:
        raise RefusedError(
            f"a {meant.transport} server is not signed in to", where=str(meant.where)
        )
    steps = explained(meant, machine, world.host, account or meant.exceptions.account)
    if as_json:
        click.echo(json.dumps({"steps": [_facts(step) for step in steps]}, indent=2))
    else:
        click.echo("\n".join(line for step in steps for line in _lines(step)))
    ctx.exit(1 if any(step.problem for step in steps) else 0)


def _facts(step: Step) -> dict[str, Any]:
    return {**attrs.asdict(step), "problem": step.problem or None}


def _lines(step: Step) -> list[str]:
    lines = [f"{'✗' if step.problem else '●'} {step.name}"]
    lines += [f"    {asked}" for asked in step.asked]
    lines += [f"    {found}" for found in step.found]
    return lines + [f"    ! {line}" for line in step.problem.splitlines()]
