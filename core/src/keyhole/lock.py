"""A lock that one process of this machine holds at a time; the end of a process frees it.

Where the file system has no `flock` (some network file systems), a marker file takes its place:
it holds its maker's number, and is broken when that process is no more.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from keyhole.errors import BusyError, StoreError

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["locked"]

_NO_FLOCK = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def locked(path: Path, *, timeout: float) -> Iterator[None]:
    """Holds the lock; it may be left on another thread than it was entered on.

    Args:
        path: The lock file, in a folder that exists; the holder's number stands beside it.
        timeout: How many seconds to wait; 0 tries once.

    Raises:
        BusyError: Another process held it all that time; with its number.
        StoreError: The file can't be made.
    """
    lock = _taken(path, timeout)
    try:
        _sign(path)
        yield
    finally:
        lock.release()


def _taken(path: Path, timeout: float) -> BaseFileLock:
    # Who only reads what is kept does not pay for it.
    from filelock import FileLock, SoftFileLock, Timeout

    try:
        return _take(FileLock(path, timeout=timeout, mode=0o600, thread_local=False))
    except Timeout:
        raise _busy(path) from None
    except OSError as error:
        if error.errno not in _NO_FLOCK:
            raise _unlockable(path, error) from error
    marker = path.with_suffix(".marker")
    try:
        return _take(SoftFileLock(marker, timeout=timeout, mode=0o600, thread_local=False))
    except Timeout:
        raise _busy(path) from None
    except OSError as error:
        raise _unlockable(marker, error) from error


def _take(lock: BaseFileLock) -> BaseFileLock:
    lock.acquire()
    return lock


def _sign(path: Path) -> None:
    """Says who holds it; only for people, so that it may fail, and need not survive a crash."""
    with suppress(OSError):
        name = path.with_suffix(".holder")
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(str(os.getpid()))


def _busy(path: Path) -> BusyError:
    holder = "another process"
    with suppress(OSError, ValueError):
        holder = f"process {int(path.with_suffix('.holder').read_text('utf-8'))}"
    return BusyError(
        f"{holder} holds it",
        where=str(path),
        remedy=f"end {holder} if it hangs",
    )


def _unlockable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the file can't be locked: {os.strerror(error.errno or 0)}",
        where=str(path),
        remedy="check the folder's owner, its mode and the free space",
    )
