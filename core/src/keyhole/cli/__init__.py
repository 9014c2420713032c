"""The command line: parse, call, print."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from keyhole.cli.direct import plainly_meant
from keyhole.cli.quiet import forsake_output, usable_streams
from keyhole.cli.scene import World
from keyhole.errors import KeyholeError

if TYPE_CHECKING:
    from keyhole.cli.group import keyhole as keyhole

__all__ = ["main", "run"]

_INTERRUPTED = 130


def run(arguments: list[str] | None = None, world: World | None = None) -> int:
    """Runs one command line and returns its exit code.

    Args:
        arguments: The command line without the program's name; None takes the process's own.
        world: The machine and the host to work on; None takes the real ones.
    """
    with usable_streams():
        return _run(arguments, world or World.real())


def main() -> None:
    """The console script."""
    sys.exit(run())


def _run(arguments: list[str] | None, world: World) -> int:
    try:
        meant = plainly_meant(sys.argv[1:] if arguments is None else arguments, world)
        return _by_click(arguments, world) if meant is None else meant()
    except (EOFError, KeyboardInterrupt):
        _say("\nStopped; nothing was changed.")
        return _INTERRUPTED
    except KeyholeError as error:
        _say(f"keyhole: {error}")
        return error.exit_code
    except OSError as error:
        # Where the output goes has no room, or something like it: a sentence says that.
        place = f"{error.filename}: " if error.filename else ""
        _say(f"keyhole: {place}{error.strerror or type(error).__name__}")
        if not error.filename:
            forsake_output()
        return 1


def _by_click(arguments: list[str] | None, world: World) -> int:
    import click

    from keyhole.cli.group import keyhole

    try:
        code = keyhole.main(
            arguments,
            prog_name="keyhole",
            standalone_mode=False,
            obj=world,
            color=False if os.environ.get("NO_COLOR") else None,  # https://no-color.org
        )
    except click.exceptions.Abort:
        _say("Stopped; nothing was changed.")
        return _INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0


def _say(sentence: str) -> None:
    from keyhole.streams import tell

    tell(sentence)


def __getattr__(name: str) -> Any:
    """The click group `keyhole`, which is imported for who asks for it."""
    if name != "keyhole":
        raise AttributeError(f"module 'keyhole.cli' has no attribute '{name}'")
    from keyhole.cli.group import keyhole

    return keyhole
