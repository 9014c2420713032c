"""Keeping what plugins print out of what a command prints."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TextIO

__all__ = ["plugins_on_stderr"]


def plugins_on_stderr() -> redirect_stdout[TextIO]:
    """Sends to standard error whatever a plugin prints while it is imported, asked or loads."""
    return redirect_stdout(sys.stderr)
