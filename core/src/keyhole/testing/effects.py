"""Proves that code only looks: inside `no_effects` every effect raises."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

__all__ = ["EffectError", "no_effects"]


class EffectError(AssertionError):
    """Something ran a program, used the network or changed a file."""


_FORBIDDEN = (
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.unsetenv",
    "os.utime",
    "shutil.",
    "socket.",
    "subprocess.Popen",
    "tempfile.",
    "webbrowser.open",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_heard: ContextVar[list[str] | None] = ContextVar("_heard", default=None)
"""The effects so far where somebody listens; None where nobody does."""


@contextmanager
def no_effects() -> Iterator[None]:
    """Raises at once when the code inside, in this thread or task, does more than look.

    Code that catches that error is caught at the end.

    It listens to Python's audit events (PEP 578), so that no patch can be forgotten; bytecode
    that an import writes is no effect.

    Raises:
        EffectError: With the name of the event.
    """
    _listen()
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(token)
    # What raised there may have been caught by the code inside.
    if heard:
        raise _error(heard[0])


@cache
def _listen() -> None:
    # An audit hook can't be removed, so there is one, and a variable says whether it listens.
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    heard = _heard.get()
    if heard is None:
        return
    if event == "open":
        effect = _opens_for_writing(*arguments)
    else:
        effect = event.startswith(_FORBIDDEN) and not _is_bytecode(arguments)
    if effect:
        heard.append(event)
        raise _error(event)


def _error(event: str) -> EffectError:
    return EffectError(f"{event} was called where only looking is allowed")


def _opens_for_writing(path: object, mode: object, flags: object) -> bool:
    writing = isinstance(flags, int) and bool(flags & _WRITING)
    # A descriptor was opened before, and heard of then.
    return writing and not isinstance(path, int) and not _is_bytecode((path, mode))


def _is_bytecode(arguments: tuple[Any, ...]) -> bool:
    return any("__pycache__" in argument for argument in arguments if isinstance(argument, str))
