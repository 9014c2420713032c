"""`keyhole secret`: keeps single secrets in the token store, and hands them to what needs them."""

from __future__ import annotations

import json
import os
import re
import sys

import click

from keyhole import Secret
from keyhole.cli.quiet import say
from keyhole.cli.world import World, pass_world
from keyhole.errors import UsageError
from keyhole.tokens import Tokens
from keyhole_audit import keep

__all__ = ["secret"]

_SERVER = "CLAUDE_CODE_MCP_SERVER_URL"
"""Set by Claude Code for a headersHelper: https://code.claude.com/docs/en/mcp."""
_REFERENCE = re.compile(r"\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@click.group()
def secret() -> None:
    """Keep secrets in the token store, and refer to them by their names.

    These are what `keyhole audit --fix` leaves behind in Claude Code's files.
    """


@secret.command("set")
@click.argument("name")
@click.option("--about", default="", help="What it is for, for `keyhole stores`.")
@click.option("--for", "url", metavar="URL", default="", help="The server that may be sent it.")
@pass_world
def set_(world: World, name: str, about: str, url: str) -> None:
    """Keep a secret, which is asked for, or read from standard input.

    For the headers of an MCP server it needs `--for` with the server's URL.
    """
    if url and not keep.origin_of(url):
        raise UsageError("this is no URL of a server", where="--for")
    tokens = _tokens(world)
    text = _asked()
    if not text:
        raise UsageError("there is no secret to keep", remedy="write it to standard input")
    keep.keep(tokens, name, Secret(text), about=about or name, origin=keep.origin_of(url))
    click.echo(f"{name} is kept in the store {keep.names(tokens)[name]}.", err=True)


@secret.command()
@click.argument("name")
@pass_world
def get(world: World, name: str) -> None:
    """Print a secret: `"apiKeyHelper": "keyhole secret get NAME"`."""
    say(keep.read(_tokens(world), name).reveal())


@secret.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def list_(world: World, *, as_json: bool) -> None:
    """Show the names, and the store of each; never a value."""
    kept = keep.names(_tokens(world))
    if as_json:
        said = [{"name": name, "store": store} for name, store in sorted(kept.items())]
        click.echo(json.dumps({"secrets": said}, indent=2))
        return
    for name, store in sorted(kept.items()):
        click.echo(f"{name}  ({store})")


@secret.command()
@click.argument("name")
@pass_world
def rm(world: World, name: str) -> None:
    """Forget a secret."""
    there = keep.forget(_tokens(world), name)
    click.echo(f"{name} is forgotten." if there else f"Nothing was kept as {name}.", err=True)


@secret.command()
@click.argument("templates", nargs=-1, required=True, metavar="HEADER…")
@pass_world
def header(world: World, templates: tuple[str, ...]) -> None:
    """Print headers as JSON, for the headersHelper of an MCP server.

    HEADER is `"Authorization: Bearer {NAME}"`; a secret stands in the place of its name. Claude
    Code says which server it is for; a secret that was not kept for that server is refused.
    """
    tokens = _tokens(world)
    # Not through the machine: the `env` block of a project's settings has no say in this.
    url = os.environ.get(_SERVER, "")
    click.echo(json.dumps(dict(_filled(tokens, template, url) for template in templates)))


@secret.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--env", "given", nargs=2, multiple=True, metavar="VARIABLE NAME", help="May stand repeatedly."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_world
def run(world: World, given: tuple[tuple[str, str], ...], command: tuple[str, ...]) -> None:
    """Become a program that has secrets in its variables: `--env VARIABLE NAME -- COMMAND`."""
    for variable, _ in given:
        if not _VARIABLE.fullmatch(variable):
            raise UsageError("a variable's name has letters, digits and _", where="--env")
    tokens = _tokens(world)
    secrets = {variable: keep.read(tokens, name).reveal() for variable, name in given}
    # What was handed to this process, and nothing that settings say: the caller has done that.
    world.host.replace(command, {**os.environ, **secrets})


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read().strip()
    answer: str = click.prompt("The secret", hide_input=True, err=True)
    return answer.strip()


def _tokens(world: World) -> Tokens:
    return world.host.tokens(world.machine())


def _filled(tokens: Tokens, template: str, url: str) -> tuple[str, str]:
    name, colon, value = template.partition(":")
    if not colon or not name.strip():
        raise UsageError("a header is `Name: value`", remedy='"Authorization: Bearer {NAME}"')
    filled = _REFERENCE.sub(
        lambda found: keep.read_for(tokens, found[1], url).reveal(), value.strip()
    )
    return name.strip(), filled
