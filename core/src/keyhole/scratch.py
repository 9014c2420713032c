"""What one user's processes share for the length of a session: small secrets, and locks.

It lives in a folder that nobody else can enter, below `XDG_RUNTIME_DIR`, which systems keep in
memory and empty when the user logs out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import final

from keyhole.atomic import replace_text
from keyhole.errors import BusyError, RecordError
from keyhole.secret import Secret

__all__ = ["Scratch"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@final
class Scratch:
    """Texts and locks by key.

    Args:
        folder: A folder that is this user's alone; `below` makes sure of that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def below(cls, runtime_dir: Path) -> Scratch | None:
        """The scratch folder in a runtime folder; None where others could enter or swap it."""
        folder = runtime_dir / "keyhole"
        if os.name != "posix" or not runtime_dir.is_absolute() or not _is_guarded(runtime_dir):
            return None
        with suppress(OSError):
            folder.mkdir(mode=0o700)
        return cls(folder) if _is_private(folder) else None

    def read(self, key: str) -> Secret | None:
        """What is kept under a key; None where there is nothing, or it can't be read."""
        with suppress(OSError, UnicodeDecodeError):
            return Secret(self._path(key, "kept").read_text("utf-8"))
        return None

    def write(self, key: str, text: Secret) -> None:
        """Keeps a text. Where that fails nothing is kept: sharing is a convenience."""
        self.remove(key)
        with suppress(OSError):
            replace_text(self._path(key, "kept"), text.reveal())

    def remove(self, key: str) -> None:
        """Forgets what is kept under a key."""
        with suppress(OSError):
            self._path(key, "kept").unlink()

    @contextmanager
    def lock(self, key: str, *, timeout: float) -> Iterator[None]:
        """Lets one process of this user at a time pass; the end of a process frees its locks.

        Args:
            key: What is locked.
            timeout: How many seconds to wait for it.

        Raises:
            BusyError: Another process held it all that time; with its number.
            RecordError: The file system can't lock.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self._path(key, "lock"), timeout=timeout, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise self._busy(key, timeout) from None
        except OSError as error:
            raise RecordError(
                f"the file can't be locked: {os.strerror(error.errno or 0)}",
                where=str(self._path(key, "lock")),
            ) from error
        try:
            with suppress(OSError):
                replace_text(self._path(key, "holder"), str(os.getpid()))
            yield
        finally:
            lock.release()

    def _busy(self, key: str, timeout: float) -> BusyError:
        holder = "another process"
        with suppress(OSError):
            holder = f"process {self._path(key, 'holder').read_text('utf-8')}"
        return BusyError(
            f"{holder} has held it for more than {timeout:g} seconds",
            where=str(self._path(key, "lock")),
            remedy=f"end {holder}",
        )

    def _path(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"


def _is_guarded(folder: Path) -> bool:
    """Whether nobody but its owner (this user, or the superuser) can swap what is in a folder."""
    try:
        facts = folder.stat()
    except OSError:
        return False
    shared = facts.st_mode & _OTHERS_WRITE and not facts.st_mode & stat.S_ISVTX
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid in (os.geteuid(), 0) and not shared


def _is_private(folder: Path) -> bool:
    """Whether a folder is no link, and this user's alone."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(facts.st_mode) and not facts.st_mode & _OTHERS
    return private and facts.st_uid == os.geteuid() and os.access(folder, os.W_OK | os.X_OK)
