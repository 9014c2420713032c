"""`keyhole new-plugin`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from keyhole.cli.world import World, pass_world

__all__ = ["new_plugin"]

NEXT = (
    "python -m venv .venv",
    '.venv/bin/pip install -e ".[test]"',
    ".venv/bin/pytest",
    ".venv/bin/ruff check",
    ".venv/bin/mypy",
    ".venv/bin/keyhole plugins",
)
"""What to do in the new folder, command by command."""


@click.command("new-plugin")
@click.argument("name")
@click.option("--source", is_flag=True, help="It finds a credential (default).")
@click.option("--store", is_flag=True, help="It keeps tokens.")
@click.option("--command", is_flag=True, help="It adds a command to keyhole.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where its folder is made (default: the folder you are in).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
def new_plugin(
    world: World,
    name: str,
    *,
    source: bool,
    store: bool,
    command: bool,
    into: Path | None,
    as_json: bool,
) -> None:
    """Write a whole plugin called keyhole-NAME, to be changed into yours.

    It is a distribution of its own with tests that pass: they inherit the contracts that every
    source and store of keyhole keeps. An existing folder is never touched.
    """
    from keyhole import scaffold
    from keyhole.cli.group import OWN

    names = scaffold.named(name)
    asked = {"source": source or not (store or command), "store": store, "command": command}
    parts = [part for part in scaffold.PARTS if asked[part.name]]
    scaffold.refuse_taken(names, parts, world.plugins(), OWN)
    folder = (world.machine().cwd / (into or "")).resolve() / names.distribution
    files = scaffold.draft(names, parts)
    scaffold.write(files, folder)
    told = _document if as_json else _page
    click.echo(told(folder, files, into))


def _document(folder: Path, files: Iterable[str], _into: Path | None) -> str:
    return json.dumps({"folder": str(folder), "files": list(files), "next": NEXT}, indent=2)


def _page(folder: Path, files: Iterable[str], into: Path | None) -> str:
    shown = (into or Path()) / folder.name
    return "\n".join(
        [
            f"{shown} is a plugin now:",
            *(f"  {path}" for path in files),
            "",
            "Next:",
            f"  cd {shown}",
            *(f"  {command}" for command in NEXT),
            "",
            "Then make it yours; each file says what belongs in it.",
        ]
    )
