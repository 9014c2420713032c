"""What every command has that a person takes part in: its options, and its question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["confirm", "person_options"]

_F = TypeVar("_F", bound=Callable[..., Any])


def person_options(command: _F) -> _F:
    """Lets a click command take `--timeout` (in seconds) and `--mode`."""
    return _timeout(_mode(command))


def confirm(question: str) -> None:
    """Asks whether to go on, in a command that has `--yes`; only a yes goes on.

    Args:
        question: What is asked.

    Raises:
        Abort: The answer is no, or there is none.
    """
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort as stopped:
        if isinstance(stopped.__context__, EOFError):
            click.echo("\nNobody answers here; with --yes nobody is asked.", err=True)
        raise


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
