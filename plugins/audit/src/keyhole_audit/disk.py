"""What the file system says of a file without opening it."""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path

import attrs

__all__ = ["Facts", "facts"]


@attrs.frozen
class Facts:
    """A file's mode and owner.

    Attributes:
        mode: Its permission bits; None where the system has none, or the file can't be asked.
        owner: The number of its owner; None likewise.
        reachable: Whether every folder above it lets everyone on this machine pass.
    """

    mode: int | None = None
    owner: int | None = None
    reachable: bool = True


def facts(path: Path) -> Facts:
    """The facts of a file; of what it points to, where it is a symbolic link."""
    if os.name != "posix":
        return Facts()
    try:
        real = path.resolve()
        said = real.stat()
    except (OSError, RuntimeError):
        return Facts()
    passable = cache(_lets_pass)
    return Facts(
        stat.S_IMODE(said.st_mode), said.st_uid, all(passable(folder) for folder in real.parents)
    )


def _lets_pass(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IXOTH)
    except OSError:
        return False
