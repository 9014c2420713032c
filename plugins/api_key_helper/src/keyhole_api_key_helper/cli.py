"""`keyhole helper test`."""

from __future__ import annotations

import json
from typing import Any

import click

from keyhole import Absent, Broken, Found, Ignored
from keyhole.cli.world import World, machine_options, pass_world
from keyhole.errors import BrokenCredentialError, KeyholeError, NoCredentialError
from keyhole.machine import Machine
from keyhole.moment import moment
from keyhole_api_key_helper.helper import Helper
from keyhole_api_key_helper.load import Load
from keyhole_api_key_helper.source import ApiKeyHelper

__all__ = ["helper"]


@click.group()
def helper() -> None:
    """Try the apiKeyHelper of Claude Code's settings."""


@helper.command()
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@pass_world
def test(world: World, *, bare: bool, mode: str, settings: str | None, as_json: bool) -> int:
    """Run the apiKeyHelper once and say what came of it, but never the value.

    It is run even where another credential wins, and nothing that it printed before is used.
    Exit codes: 0 it printed a credential, 1 it failed, 3 there is none, 4 it can't be used.
    """
    machine = world.machine(settings=settings, bare=bare, interactive=mode == "interactive")
    report: dict[str, Any] = dict.fromkeys(_FIELDS)
    try:
        _try(world, machine, report)
    except KeyholeError as error:
        if not as_json:
            raise
        report["where"] = report["where"] or error.where or None
        report |= {"usable": False, "problem": error.problem, "remedy": error.remedy or None}
        click.echo(json.dumps(report, indent=2))
        return error.exit_code
    click.echo(json.dumps(report, indent=2) if as_json else _screen(report))
    return 0


_FIELDS = (
    "usable",
    "where",
    "seconds",
    "length",
    "kind",
    "headers",
    "expires_at",
    "problem",
    "remedy",
)


def _try(world: World, machine: Machine, report: dict[str, Any]) -> None:
    """Fills the report as far as it gets."""
    configured = _configured(machine)
    report["where"] = str(configured.where)
    world.host.tell(f"running the apiKeyHelper of {configured.where}")
    started = world.host.now()
    try:
        value = configured.run(world.host)
    finally:
        report["seconds"] = round(world.host.now() - started, 1)
    report |= {
        "usable": True,
        "length": len(value.secret.reveal()),
        "kind": value.kind.name,
        "headers": list(value.kind.headers),
        "expires_at": value.expires_at,
    }


def _configured(machine: Machine) -> Helper:
    """The helper that counts on this machine, whether or not it wins.

    Raises:
        NoCredentialError: There is none.
        BrokenCredentialError: It can't be used as it is configured.
    """
    match ApiKeyHelper().find(machine):
        case Found(load=Load(helper=configured)):
            return configured
        case Broken() as finding:
            raise BrokenCredentialError(
                finding.reason, where=str(finding.where), remedy=finding.remedy
            )
        case Ignored() as finding:
            raise NoCredentialError(finding.reason, where=str(finding.where), remedy=finding.remedy)
        case Absent() as finding:
            raise NoCredentialError(finding.reason)
        case Found() as finding:
            raise TypeError(f"{finding} loads something else")


def _screen(report: dict[str, Any]) -> str:
    rows = {
        "where": report["where"],
        "took": f"{report['seconds']} seconds",
        "length": f"{report['length']} characters",
        "kind": report["kind"],
        "sends": ", ".join(report["headers"]),
        "expires": _moment(report["expires_at"]),
    }
    return "\n".join(["The helper works.", *(f"  {name:<8} {said}" for name, said in rows.items())])


def _moment(seconds: float | None) -> str:
    return "it does not say" if seconds is None else moment(seconds)
