"""The standard streams of a process that need not have any: a service, `pythonw`, `>&-`.

Python has None for a stream that is closed. `print` then drops what it is given without a word, or
takes standard output where it was told standard error.
"""

from __future__ import annotations

import sys
from contextlib import suppress

__all__ = ["flushed", "tell"]


def tell(text: str, *, only_a_person: bool = False) -> None:
    """Says something on standard error; it is left out where nothing can be said.

    Args:
        text: What is said.
        only_a_person: Whether it is for a person at a terminal, and for no file.
    """
    # What is closed by now raises a ValueError.
    with suppress(OSError, ValueError):
        if sys.stderr is not None and (sys.stderr.isatty() or not only_a_person):
            print(text, file=sys.stderr, flush=True)  # noqa: T201  # to whoever started it


def flushed() -> None:
    """Writes what still waits to be written."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
