"""Reading small files without being hung, flooded or led in circles by them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, final

from keyhole.frozen import frozen
from keyhole.secret import Secret

__all__ = ["LIMIT", "Files", "MemoryFiles", "RealFiles", "Text"]

LIMIT = 16 * 1024 * 1024
"""The largest file that is read, in bytes (Claude Code's own state file can reach megabytes)."""


@frozen
class Text:
    """What reading a file gave: its text, or why there is none.

    Attributes:
        path: The file as it was asked for.
        content: The whole text; a Secret, because any of these files may hold one.
        problem: Why the file can't be read, as the rest of "the file …"; empty if it could.
        exposed: Everyone on the machine can write it.
    """

    path: Path
    content: Secret | None = None
    problem: str = ""
    exposed: bool = False

    @property
    def missing(self) -> bool:
        """Whether there is no such file, which is no problem at all."""
        return self.content is None and not self.problem


class Files(Protocol):
    """Where a `Machine` reads from."""

    def read(self, path: Path) -> Text:
        """The file's text, or why not; never raises."""

    def exists(self, path: Path) -> bool:
        """Whether anything is there."""

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names in a folder, sorted; empty where it can't be listed."""


@final
class RealFiles:
    """The file system of this machine."""

    def read(self, path: Path) -> Text:
        try:
            # O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            return Text(path, problem=_why_not_opened(error))
        except ValueError:
            return Text(path, problem="has a NUL character in its name")
        try:
            return _read_open(path, handle)
        except OSError as error:
            return Text(path, problem=_why_not_opened(error))
        finally:
            os.close(handle)

    def exists(self, path: Path) -> bool:
        return os.path.lexists(path)

    def names(self, folder: Path) -> tuple[str, ...]:
        try:
            return tuple(sorted(entry.name for entry in folder.iterdir()))
        except (OSError, ValueError):
            return ()


@final
class MemoryFiles:
    """Files that exist only in a dictionary, for tests and for "what if" questions."""

    def __init__(self, contents: Mapping[Path, str]) -> None:
        self._contents = {path: Secret(text) for path, text in contents.items()}

    def read(self, path: Path) -> Text:
        return Text(path, self._contents.get(path))

    def exists(self, path: Path) -> bool:
        return any(path == file or path in file.parents for file in self._contents)

    def names(self, folder: Path) -> tuple[str, ...]:
        return tuple(sorted(file.name for file in self._contents if file.parent == folder))


def _read_open(path: Path, handle: int) -> Text:
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        return Text(path, problem="is not a regular file")
    if facts.st_size > LIMIT:
        return Text(path, problem=f"is larger than {LIMIT // 2**20} MiB")
    exposed = os.name == "posix" and bool(facts.st_mode & stat.S_IWOTH)
    with os.fdopen(os.dup(handle), "rb") as stream:
        return _decode(path, stream.read(LIMIT + 1)[:LIMIT], exposed=exposed)


def _decode(path: Path, raw: bytes, *, exposed: bool) -> Text:
    try:
        return Text(path, Secret(raw.decode("utf-8-sig")), exposed=exposed)
    except UnicodeDecodeError as error:
        at = error.start
    return Text(path, problem=f"is not UTF-8 (byte {at + 1})", exposed=exposed)


def _why_not_opened(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return ""
        case errno.EACCES | errno.EPERM:
            return "may not be read by this user"
        case errno.ELOOP:
            return "is a loop of symbolic links"
        case errno.EISDIR:
            return "is a folder"
        case _:
            return f"can't be read: {os.strerror(error.errno or 0)}"
