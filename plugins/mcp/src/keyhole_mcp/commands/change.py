"""`keyhole mcp add` and `keyhole mcp remove`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from keyhole import edit
from keyhole.cli.person import confirm
from keyhole.cli.world import World, pass_world
from keyhole.difference import difference, lookalikes
from keyhole.errors import UsageError
from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_mcp import add
from keyhole_mcp.entry import is_url
from keyhole_mcp.kept import forget_headers, keep_headers
from keyhole_mcp.vouching import distrust_of

__all__ = ["added", "removed"]


@click.command("add")
@click.argument("name")
@click.argument("url")
@click.option(
    "--header",
    "given",
    multiple=True,
    metavar="NAME[: VALUE]",
    help="A header to send; without a value it is asked for, or read from standard input.",
)
@click.option(
    "--scope",
    type=click.Choice(["project", "user", "local"]),
    default="project",
    show_default=True,
    help="Where the entry goes; for user and local the command for `claude` is printed.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def added(
    world: World, name: str, url: str, *, given: tuple[str, ...], scope: str, yes: bool
) -> None:
    """Add the remote server NAME at URL; its headers go to the token store, not to the file."""
    if not is_url(url):
        raise UsageError("it must be an https URL, or http on this machine", where="URL")
    machine = world.machine()
    entry = add.entry(name, url, helper=add.helper_for(machine, scope) if given else "")
    change = _Change.of(machine, name, entry) if scope == "project" else None
    if change:
        _ask(change.difference, yes=yes)
    if given:
        keep_headers(machine, world.host, url, dict(map(_header, given)))
        click.echo(f"The headers of {name} are in the token store.")
    if change:
        add.write(machine, world.host, change.path, change.after)
        click.echo(f"{name} is in {change.path}.{_trust(world.machine(), change.path)}")
        missing = add.unreached(machine) if given else ""
        if missing:
            click.echo(f"`keyhole`, which the entry names, is not on PATH here: {missing}.")
    else:
        click.echo(f"Run this to add the entry:\n{add.claude_command(name, scope, entry)}")


@frozen
class _Change:
    """What an entry makes of the folder's file.

    Attributes:
        path: The file.
        before: Its text.
        after: The text with the entry.
    """

    path: Path
    before: str
    after: str

    @classmethod
    def of(cls, machine: Machine, name: str, entry: dict[str, Any]) -> _Change:
        """The change that adds an entry, or replaces it.

        Raises:
            ConfigError: The file can't be read, or holds no JSON object.
        """
        path, before = add.project_file(machine)
        return cls(path, before, edit.put(before, ["mcpServers", name], entry))

    @property
    def difference(self) -> str:
        """What changes, fit for a screen."""
        return _difference(self.path, self.before, self.after)


def _trust(machine: Machine, path: Path) -> str:
    """What is to be done before the file's entries count; empty where they do."""
    distrust = distrust_of(machine, machine.json(path))
    if distrust is None:
        return ""
    return f"\nIt does not count yet: {distrust.reason}.\n  what to do: {distrust.remedy}"


@click.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def removed(world: World, name: str, *, yes: bool) -> None:
    """Remove the server NAME from the folder's .mcp.json, and its headers from the store."""
    machine = world.machine()
    url = _url(machine, name)
    path, before = add.project_file(machine)
    after = add.without(before, name)
    _ask(_difference(path, before, after), yes=yes)
    add.write(machine, world.host, path, after)
    forgotten = forget_headers(machine, world.host, url)
    click.echo(f"{name} is removed{', and its headers' if forgotten else ''}.")


def _url(machine: Machine, name: str) -> str:
    """The URL of an entry as it stands in the folder's file.

    Raises:
        UsageError: There is no such entry.
    """
    entry = machine.json(add.project_file(machine)[0]).get("mcpServers", name)
    if entry is None:
        raise UsageError(
            "the folder's .mcp.json has no such entry",
            where=name,
            remedy="`claude mcp remove` removes one of the user",
        )
    return str(entry.get("url", "")) if isinstance(entry, dict) else ""


def _difference(path: Path, before: str, after: str) -> str:
    return "\n".join(difference(before, after, str(path), lookalikes))


def _ask(changes: str, *, yes: bool) -> None:
    click.echo(changes or "The file stays as it is.")
    if changes and not yes:
        confirm("Write that?")


def _header(given: str) -> tuple[str, Secret]:
    """A header with its value, which is asked for where the command line has none.

    Raises:
        UsageError: It can't be sent.
    """
    name, value = add.parsed_header(given)
    if value is None:
        value = Secret(_asked(name))
    plain = value.reveal()
    if not name.isascii() or not name or not plain.isascii() or not plain.isprintable():
        raise UsageError("a header is printable ASCII, as 'Name: value'", where="--header")
    return name, value


def _asked(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(f"Value of {name}", hide_input=True, err=True))
    return sys.stdin.readline().strip()
