"""What a command prints, and keeping what plugins print out of it."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from typing import TextIO

__all__ = ["forsake_output", "plugins_on_stderr", "say"]


def plugins_on_stderr() -> redirect_stdout[TextIO]:
    """Sends to standard error whatever a plugin prints while it is imported, asked or loads."""
    return redirect_stdout(sys.stderr)


def forsake_output() -> None:
    """Lets what is still to be printed go nowhere: writing it would fail once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Prints what was asked for."""
    print(text, flush=True)  # noqa: T201  # a command's own words
