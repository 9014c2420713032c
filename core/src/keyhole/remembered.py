"""The last look at this machine, taken again for as long as all that it saw is as it was.

A program may ask for its credential at each request. A look reads variables, settings and the list
of installed plugins, and nothing of that changes from one request to the next. So each file, folder
and missing file that a look came by is remembered as it was found. As long as the system says the
same of all of them, of the variables and of the working folder, the answer is still the answer.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, final

from keyhole.files import Files, RealFiles, Text
from keyhole.frozen import frozen
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.places import working_folder
from keyhole.walk import Survey, look

__all__ = ["MEMORY", "Memory", "Watched"]

_TICK = 2_000_000_000
"""Nanoseconds: a file changed less than this before a look may change again unnoticed."""


_SEES_LINKS = os.access in os.supports_follow_symlinks
"""Whether a link that leads nowhere can be seen without an exception on the way."""


@final
class Watched:
    """Files that know whether they are still what they were when they were looked at.

    Args:
        files: What reads them.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._settled = time.time_ns() - _TICK
        self._may_change_unnoticed = False
        self._stamps: dict[str, tuple[int, ...] | None] = {}
        self._presences: dict[str, bool] = {}

    def read(self, path: Path) -> Text:
        self.note(str(path))
        return self._files.read(path)

    def exists(self, path: Path) -> bool:
        self._presences.setdefault(str(path), _is_there(str(path)))
        return self._files.exists(path)

    def names(self, folder: Path) -> tuple[str, ...]:
        self.note(str(folder))
        return self._files.names(folder)

    def note(self, path: str) -> None:
        """Remembers what the system says, before anything is read, so that no change is missed."""
        if path in self._stamps:
            return
        stamp = _stamp(path)
        if stamp is None and self._presences.get(path) is not True and not _is_there(path):
            self._presences[path] = False  # it costs a third of a stamp to see that
            return
        self._stamps[path] = stamp
        if stamp and max(stamp[:2]) > self._settled:
            self._may_change_unnoticed = True

    def unchanged(self) -> bool:
        """Whether the system says the same as before."""
        if self._may_change_unnoticed:
            return False
        for path, present in self._presences.items():
            if _is_there(path) != present:
                return False
        return all(_stamp(path) == stamp for path, stamp in self._stamps.items())


@frozen
class _Look:
    survey: Survey
    host: RealHost
    files: Watched
    environ: Any
    cwd: str
    path: tuple[str, ...]

    def holds(self) -> bool:
        """Whether a new look would see the same."""
        return (
            self.environ == _environ()
            and self.cwd == working_folder()
            and self.path == tuple(sys.path)
            and not self.survey.machine.timed
            and self.files.unchanged()
        )


@final
class Memory:
    """Looks at this machine, and remembers the last look for each order."""

    def __init__(self) -> None:
        self._looks: dict[str | None, _Look] = {}

    def look(self, order: str | None) -> tuple[Survey, RealHost]:
        """What is to be seen now, and the host that belongs to it.

        Args:
            order: A named order that replaces the configuration's.

        Raises:
            ConfigError: keyhole's configuration holds something that it must not.
            UsageError: There is no such order.
        """
        last = self._looks.get(order)
        if last is None or not last.holds():
            last = self._looks[order] = _looked(order)
        return last.survey, last.host


MEMORY = Memory()
"""What `keyhole.resolve()` remembers in this process."""


def _looked(order: str | None) -> _Look:
    files = Watched(RealFiles())
    environ, cwd, path = dict(_environ()), working_folder(), tuple(sys.path)
    for folder in path:
        # Where plugins are installed.
        files.note(folder or ".")
    machine = Machine(environ=os.environ, files=files, home=Path.home(), cwd=Path(cwd))
    return _Look(look(machine, order=order), RealHost(), files, environ, cwd, path)


def _environ() -> Any:
    """The variables as the process holds them: decoding them all would be most of the price."""
    return getattr(os.environ, "_data", None) or dict(os.environ)


def _stamp(path: str) -> tuple[int, ...] | None:
    """What changes with a file's content, owner or mode, the moments first; None without a file."""
    try:
        said = os.stat(path)  # noqa: PTH116  # as above
    except (OSError, ValueError):
        return None
    return said.st_mtime_ns, said.st_ctime_ns, said.st_size, said.st_ino, said.st_dev, said.st_mode


def _is_there(path: str) -> bool:
    if _SEES_LINKS:
        return os.access(path, os.F_OK, follow_symlinks=False)
    return os.path.lexists(path)
