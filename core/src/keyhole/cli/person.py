"""The options of every command that a person takes part in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["person_options"]

_F = TypeVar("_F", bound=Callable[..., Any])


def person_options(command: _F) -> _F:
    """Lets a click command take `--timeout` (in seconds) and `--mode`."""
    return _timeout(_mode(command))


_timeout = click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=300,
    show_default=True,
    help="Seconds to wait for you in the browser.",
)
_mode = click.option(
    "--mode",
    type=click.Choice(["print", "interactive"]),
    default="interactive",
    show_default=True,
    help="Whether a person is there; never guessed from the terminal.",
)
