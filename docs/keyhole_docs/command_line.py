"""`reference/command-line.md`: every command with its own help."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import click

from keyhole.cli import keyhole
from keyhole_docs.installed import WORLD
from keyhole_docs.markdown import GENERATED

__all__ = ["Entry", "entries", "page"]

_COLUMNS = 80


@attrs.frozen
class Entry:
    """A command: what is typed for it, and its place in click's tree."""

    words: tuple[str, ...]
    context: click.Context

    @property
    def command(self) -> click.Command:
        """The click command."""
        return self.context.command

    @property
    def help(self) -> str:
        """What `--help` prints on a terminal 80 columns wide."""
        return self.context.get_help().rstrip()


def entries() -> Iterator[Entry]:
    """Every command of every plugin, groups before what is in them."""
    yield from _below(_context(keyhole, None, "keyhole"), ("keyhole",))


def _below(context: click.Context, words: tuple[str, ...]) -> Iterator[Entry]:
    yield Entry(words, context)
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command and not command.hidden:
                yield from _below(_context(command, context, name), (*words, name))


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    settings = {**command.context_settings}
    settings.setdefault("help_option_names", ["-h", "--help"])
    return click.Context(
        command, parent, name, obj=WORLD, terminal_width=_COLUMNS, color=False, **settings
    )


def page() -> str:
    """The whole page."""
    sections = [_section(entry) for entry in entries()]
    return "\n\n".join([GENERATED, *_INTRODUCTION, *sections]) + "\n"


def _section(entry: Entry) -> str:
    level = "#" * min(len(entry.words) + 1, 4)
    return f"{level} `{' '.join(entry.words)}`\n\n```text\n{entry.help}\n```"


_INTRODUCTION = (
    "# Every command",
    "What each command says of itself with `--help`, with every plugin of this repository "
    "installed. [Commands and exit codes](commands.md) is the overview.",
)
