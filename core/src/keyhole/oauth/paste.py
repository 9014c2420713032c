"""Pasting back: the answer comes from a browser that can't reach this machine."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, final

from keyhole.oauth.listener import Terminal

__all__ = ["Keyboard", "keyboard"]

_CHUNK = 4096
_LONGEST = 64 * 1024
_BRACKETS = re.compile(rb"\x1b\[20[01]~")
_ERASE, _KILL, _END = b"\b\x7f", b"\x15", b"\x04"


def keyboard() -> Terminal | None:
    """The keyboard of the person before this terminal; None where there is none to be read.

    Without one are pipes, programs in the background (reading would stop them), and systems whose
    console can't be waited for together with sockets.
    """
    if sys.platform == "win32":
        return None
    try:
        descriptor = sys.stdin.fileno()
        if not os.isatty(descriptor) or os.tcgetpgrp(descriptor) != os.getpgrp():
            return None
    except (OSError, ValueError, AttributeError):
        return None
    return Keyboard(descriptor)


@final
class Keyboard:
    """A terminal that shows nothing of what is typed, and takes lines of any length.

    What is pasted holds a code, and a terminal's own line ends at 4096 characters, which is less
    than some servers' answers: so lines are put together here. Ctrl-C works as ever.

    Args:
        descriptor: The terminal's file descriptor.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._typed = b""
        self._before: list[Any] = []

    def fileno(self) -> int:
        return self._descriptor

    def __enter__(self) -> Self:
        import termios

        self._before = termios.tcgetattr(self._descriptor)
        quiet = termios.tcgetattr(self._descriptor)
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, quiet)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import termios

        # What was typed too late must not reach the shell; a terminal that has gone is as it is.
        with suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._before)

    def lines(self) -> list[str] | None:
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except OSError:  # the terminal has gone
            chunk = b""
        if not chunk or (chunk == _END and not self._typed):
            return None
        *whole, rest = re.split(rb"[\r\n]", _BRACKETS.sub(b"", self._typed + chunk))
        self._typed = _edited(rest)[-_LONGEST:]
        return [_edited(line).decode("utf-8", "replace") for line in whole]


def _edited(line: bytes) -> bytes:
    """A line after its own corrections: the terminal does not make them here."""
    kept = bytearray()
    for byte in line.rpartition(_KILL)[2]:
        if byte not in _ERASE:
            kept.append(byte)
        elif kept:
            kept.pop()
    return bytes(kept)
