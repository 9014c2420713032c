"""What a command prints, and keeping what plugins print out of it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO, TextIOBase, UnsupportedOperation
from typing import Any, TextIO

from keyhole.errors import RefusedError

__all__ = ["forsake_output", "plugins_on_stderr", "say", "usable_streams", "write"]


@contextmanager
def usable_streams() -> Iterator[None]:
    """In the block there are standard streams, and a page for people can always be written.

    Where one is closed there is nothing to read, what is told to a person goes nowhere, and
    printing what was asked for is an OSError, as on a full device. A sign that the output's
    encoding has no room for is written as an escape.
    """
    closed = [name for name in _INSTEAD if getattr(sys, name) is None]
    for name in closed:
        setattr(sys, name, _INSTEAD[name]())
    # Where the locale is not C.UTF-8, Python lets a name that is not UTF-8 be an error.
    output: Any = sys.stdout if getattr(sys.stdout, "errors", None) == "strict" else None
    try:
        _reconfigure(output, "backslashreplace")
        yield
    finally:
        # What waits there and can't be written was complained about before.
        with suppress(OSError, ValueError):
            _reconfigure(output, "strict")
        for name in closed:
            setattr(sys, name, None)


def plugins_on_stderr() -> redirect_stdout[TextIO]:
    """Sends to standard error whatever a plugin prints while it is imported, asked or loads."""
    return redirect_stdout(sys.stderr)


def forsake_output() -> None:
    """Lets what is still to be printed go nowhere: writing it would fail once more at the end."""
    with suppress(UnsupportedOperation):  # what stands for a closed stream keeps nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Prints what programs read, as it is or not at all: with an escape it is another value.

    Raises:
        RefusedError: The output's encoding has no room for it.
    """
    encoding = sys.stdout.encoding or "utf-8"
    errors = sys.stdout.errors or "strict"
    try:
        text.encode(encoding, errors if errors == "surrogateescape" else "strict")
    except UnicodeEncodeError:
        raise RefusedError(
            f"what was asked for can't be printed in {encoding}",
            remedy="set PYTHONIOENCODING=utf-8:surrogateescape",
        ) from None
    write(text)


def write(text: str) -> None:
    """Prints a page for people."""
    print(text, flush=True)  # noqa: T201  # a command's own words


def _reconfigure(stream: Any, errors: str) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=errors)


class _Closed(TextIOBase):
    encoding = "utf-8"

    def write(self, _text: str, /) -> int:
        raise OSError(errno.EBADF, "standard output is closed")


_INSTEAD = {"stdin": StringIO, "stdout": _Closed, "stderr": StringIO}
