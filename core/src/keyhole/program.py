"""A program that keyhole runs, and how it ended, for who names them and runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from keyhole.frozen import field, frozen

__all__ = ["Command", "Outcome"]


@frozen
class Command:
    """A command line for the shell.

    Attributes:
        line: What the shell runs; it is not shown, because it may hold a secret.
        cwd: The folder it runs in.
        env: Its whole environment.
        timeout: Seconds after which it and all its children are ended.
        slow: Seconds after which `on_slow` is called once.
        on_slow: Says that it is still running.
    """

    line: str = field(repr=False)
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    timeout: float = 30.0
    slow: float = 10.0
    on_slow: Callable[[], None] = lambda: None


@frozen
class Outcome:
    """How a command ended.

    Attributes:
        code: Its exit code, negative for a signal; None where it was ended for being too slow.
        stdout: The first 64 KiB of what it printed.
        stderr: The last 4 KiB of what it complained.
        seconds: How long it took.
    """

    code: int | None
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    seconds: float
