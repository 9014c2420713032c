"""The command line: parse, call, print."""

from __future__ import annotations

import sys

import click

from keyhole.cli.group import KeyholeGroup
from keyhole.cli.world import World
from keyhole.errors import KeyholeError

__all__ = ["main", "run"]

_INTERRUPTED = 130


@click.group(cls=KeyholeGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keyhole-core", prog_name="keyhole")
def keyhole() -> None:
    """Find the one credential that is used for Anthropic, and say which one it is and why.

    Start with `keyhole status`. Exit codes: 0 a usable credential, 1 an error, 2 wrong usage,
    3 no credential, 4 one that is found but can't be used.
    """


def run(arguments: list[str] | None = None, world: World | None = None) -> int:
    """Runs one command line and returns its exit code.

    Args:
        arguments: The command line without the program's name; None takes the process's own.
        world: The machine and the host to work on; None takes the real ones.
    """
    try:
        code = keyhole.main(
            arguments, prog_name="keyhole", standalone_mode=False, obj=world or World.real()
        )
    except click.exceptions.Abort:
        click.echo("Stopped; nothing was changed.", err=True)
        return _INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyholeError as error:
        click.echo(f"keyhole: {error}", err=True)
        return error.exit_code
    return code if isinstance(code, int) else 0


def main() -> None:
    """The console script."""
    sys.exit(run())
