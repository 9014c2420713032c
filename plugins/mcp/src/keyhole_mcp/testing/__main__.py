"""`python -m keyhole_mcp.testing --command "python client.py"`."""

from __future__ import annotations

import json
import sys

import click

from keyhole_mcp.testing.probe import Outcome, Probe, Result
from keyhole_mcp.testing.probes import PROBES
from keyhole_mcp.testing.run import run
from keyhole_mcp.testing.table import NAME_WIDTH, document, line, summary

__all__ = ["main"]


def _named(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> list[Probe]:
    known = {probe.name: probe for probe in PROBES}
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"there is no probe {unknown[0]!r}; --list shows all")
    return [known[name] for name in names] or list(PROBES)


@click.command()
@click.option("--command", help="How the client is started; the server's URL is put behind it.")
@click.option("--probe", "probes", multiple=True, callback=_named, help="Only this one; repeat.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--timeout", default=120.0, help="Seconds that one process of the client may take.")
@click.option("--list", "listed", is_flag=True, help="Show the probes, and run nothing.")
def main(
    command: str | None, probes: list[Probe], timeout: float, *, as_json: bool, listed: bool
) -> None:
    """Asks an MCP client what the conformance suite leaves out, on loopback alone.

    Exit code 0 if no probe failed, 1 if one did.
    """
    if listed:
        for probe in probes:
            click.echo(f"{probe.name:<{NAME_WIDTH}}{probe.wants}")
        return
    if not command:
        raise click.UsageError("--command says how the client is started")
    results = _shown(command, probes, timeout, as_json=as_json)
    sys.exit(any(result.outcome is Outcome.FAILED for result in results))


def _shown(command: str, probes: list[Probe], timeout: float, *, as_json: bool) -> list[Result]:
    results = []
    for result in run(command, probes, seconds=timeout):
        results.append(result)
        if not as_json:
            click.echo(line(result))
    click.echo(json.dumps(document(results), indent=2) if as_json else summary(results))
    return results


if __name__ == "__main__":
    main()
