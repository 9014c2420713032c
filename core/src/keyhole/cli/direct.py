"""Runs a command line that can be understood at a glance, without click."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from keyhole.cli.action import Action, Family, imported
from keyhole.cli.own import OWN, of_plugins
from keyhole.cli.quiet import forsake_output
from keyhole.cli.scene import World

__all__ = ["plainly_meant"]


def plainly_meant(words: Sequence[str], world: World) -> Callable[[], int] | None:
    """What a command line is to do; None where click is to read it.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    # Click completes words when a shell asks it, and expands patterns for shells that don't.
    if not words or "_KEYHOLE_COMPLETE" in os.environ or sys.platform == "win32":
        return None
    found, rest = _found(words, world)
    taken = found.read(rest) if isinstance(found, Action) else None
    return None if taken is None else lambda: _attended(lambda: found.run(world, **taken))


def _found(words: Sequence[str], world: World) -> tuple[Any, Sequence[str]]:
    """The action that the first words name, and the words that are left for it."""
    name, *rest = words
    if name.startswith("-"):
        return None, rest
    command = OWN.get(name) or of_plugins(world.plugins()).get(name)
    try:
        found = imported(command.target) if command else None
        if isinstance(found, Family) and rest and rest[0] in found.members:
            return found.member(rest[0]), rest[1:]
    except Exception:  # noqa: BLE001  # click's side says what is wrong with a plugin's command
        return None, rest
    return found, rest


def _attended(run: Callable[[], int | None]) -> int:
    """Ends as click ends a command when its reader has gone away."""
    try:
        return run() or 0
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
    forsake_output()
    return 1
