"""What a command prints, and keeping what plugins print out of it."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TextIO

__all__ = ["plugins_on_stderr", "say"]


def plugins_on_stderr() -> redirect_stdout[TextIO]:
    """Sends to standard error whatever a plugin prints while it is imported, asked or loads."""
    return redirect_stdout(sys.stderr)


def say(text: str) -> None:
    """Prints what was asked for."""
    print(text, flush=True)  # noqa: T201  # a command's own words
