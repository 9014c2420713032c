"""`keyhole token`, `headers` and `env`: the commands that print a secret."""

from __future__ import annotations

import json

import click

from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.shells import FORMATS, render
from keyhole.cli.world import World, machine_options, pass_world
from keyhole.handover import to_child
from keyhole.resolved import Resolved, unloaded

__all__ = ["env", "headers", "token"]


@click.command()
@machine_options
@pass_world
def token(world: World, *, bare: bool, mode: str, settings: str | None) -> None:
    """Print the secret of the credential that wins, and nothing else.

    A credential that signs each request has none to print; use `keyhole run`.
    """
    with plugins_on_stderr():
        credential = _resolved(world, bare=bare, mode=mode, settings=settings).credential()
        # A signer refuses here: its secret is no token that anybody could send.
        credential.headers()
    click.echo(credential.secret.reveal())


@click.command()
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@pass_world
def headers(world: World, *, bare: bool, mode: str, settings: str | None, as_json: bool) -> None:
    """Print the headers that the credential sends, with the secret in them.

    `keyhole headers` and `curl -H @-` go together: the secret stays out of every argument.
    """
    with plugins_on_stderr():
        sent = _resolved(world, bare=bare, mode=mode, settings=settings).headers()
    if as_json:
        click.echo(json.dumps(dict(sent), indent=2))
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in sent.items()))


@click.command()
@machine_options
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="sh",
    show_default=True,
    help="The shell that evaluates it, or a file format.",
)
@pass_world
def env(world: World, *, bare: bool, mode: str, settings: str | None, format_name: str) -> None:
    """Print what sets the winner's variables and removes every rival's.

    For one program, `keyhole run -- CMD` is better: the secret stays out of your shell. Use it as
    `eval "$(keyhole env)"`, or `keyhole env --format fish | source`.
    """
    with plugins_on_stderr():
        handover = to_child(_resolved(world, bare=bare, mode=mode, settings=settings))
    click.echo(render(format_name, handover.variables, handover.removed))


def _resolved(world: World, *, bare: bool, mode: str, settings: str | None) -> Resolved:
    return unloaded(
        lambda: world.machine(settings=settings, bare=bare, interactive=mode == "interactive"),
        host=world.host,
    )
