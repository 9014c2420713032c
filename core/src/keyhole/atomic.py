"""Replacing a file so that a reader, or a crash at any instant, sees the old text or the new."""

from __future__ import annotations

import glob
import os
import re
from contextlib import suppress
from pathlib import Path

__all__ = ["replace_text", "sweep"]

_RANDOM = 8
"""Random bytes in the name of a file that is to take another's place."""


def replace_text(path: Path, text: str) -> None:
    """Puts a private file (mode 0600) in the place of what is there; it is on disk at the end.

    Where the path is a symbolic link, the link stays and what it points to is replaced.

    Raises:
        OSError: It can't be written; what was there before is still there.
    """
    target = Path(os.path.realpath(path))
    handle, beside = _create(target)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def sweep(path: Path) -> None:
    """Removes what a process that was killed while it replaced this file left behind.

    To be called only by who holds the lock of that file.
    """
    target = Path(os.path.realpath(path))
    # Exactly these names: beside what a link points to there are other people's files.
    made = re.compile(f"{re.escape(_prefix(target))}[0-9a-f]{{{2 * _RANDOM}}}")
    for beside in target.parent.glob(f"{glob.escape(_prefix(target))}*"):
        if made.fullmatch(beside.name):
            with suppress(OSError):
                beside.unlink()


def _create(target: Path) -> tuple[int, Path]:
    """A new file of mode 0600 beside the target; tempfile brings random and more with it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0)
    while True:
        path = target.parent / f"{_prefix(target)}{os.urandom(_RANDOM).hex()}"
        with suppress(FileExistsError):
            return os.open(path, flags, 0o600), path


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself durable; some systems can't open a folder, and need not."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
