"""What git says of the files that matter."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from keyhole import Host, Machine
from keyhole.errors import HelperError
from keyhole.program import Command
from keyhole_audit.role import GLOBS

__all__ = ["Repository", "ask", "is_committed", "root_of", "untrack"]

_FULL = 64 * 1024
"""From this length on, the host may have cut off what git printed."""

_FOLDERS = frozenset(glob.split("/")[1] for glob in GLOBS if glob.count("/") > 1)
"""Folders that the globs name, such as `.claude`."""

_NEEDED = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "XDG_CONFIG_HOME", "GIT_INDEX_FILE")


@attrs.frozen
class Repository:
    """What git tracks.

    Attributes:
        root: The folder with `.git` in it.
        tracked: The files that matter and that git tracks; None where git could not be asked.
        untracked: Those that it neither tracks nor ignores.
        problem: Why git could not be asked.
    """

    root: Path
    tracked: frozenset[Path] | None = None
    untracked: frozenset[Path] = frozenset()
    problem: str = ""

    def status(self, path: Path) -> tuple[bool | None, bool | None]:
        """Whether git tracks a file, and whether it ignores it; None and None if unknown."""
        if self.tracked is None:
            return None, None
        tracked = path in self.tracked
        return tracked, not tracked and path not in self.untracked


def root_of(path: Path) -> Path | None:
    """The nearest folder, from a path upwards, that holds `.git`; None outside a repository."""
    return next((at for at in (path, *path.parents) if os.path.lexists(at / ".git")), None)


def ask(machine: Machine, host: Host, root: Path, within: Iterable[Path]) -> Repository:
    """Asks git once about a repository.

    Args:
        machine: Where PATH comes from.
        host: Runs git.
        root: The folder with `.git` in it.
        within: Folders and files below it; only these are asked about.
    """
    command = Command(_line(root, within), cwd=root, env=_environment(machine))
    try:
        done = host.run(command)
    except HelperError as error:
        return Repository(root, problem=error.problem)
    if done.code != 0:
        return Repository(root, problem="git could not be asked what it tracks")
    if len(done.stdout) >= _FULL:
        return Repository(root, problem="git tracks more files of these names than can be read")
    return _read(root, done.stdout)


def is_committed(machine: Machine, host: Host, root: Path, path: Path) -> bool:
    """Whether the last commit has a file; False where git can't be asked.

    Args:
        machine: Where PATH comes from.
        host: Runs git.
        root: The folder with `.git` in it.
        path: The file.
    """
    name = shlex.quote(f"HEAD:{path.relative_to(root).as_posix()}")
    return _succeeds(machine, host, root, f"git cat-file -e {name}")


def untrack(machine: Machine, host: Host, root: Path, path: Path) -> bool:
    """Makes git forget a file, which stays where it is; False if git would not.

    Args:
        machine: Where PATH comes from.
        host: Runs git.
        root: The folder with `.git` in it.
        path: The file.
    """
    name = shlex.quote(f":(literal){path.relative_to(root).as_posix()}")
    line = f"git -c core.fsmonitor=false rm --cached --quiet --force -- {name}"
    return _succeeds(machine, host, root, line)


def _succeeds(machine: Machine, host: Host, root: Path, line: str) -> bool:
    try:
        return host.run(Command(line, cwd=root, env=_environment(machine))).code == 0
    except HelperError:
        return False


def _line(root: Path, within: Iterable[Path]) -> str:
    # A repository's own configuration may name a program to run for this; it is switched off.
    listing = "git -c core.fsmonitor=false -c core.quotePath=false ls-files -z -t"
    specs = [spec for path in within for spec in _specs(root, path)]
    options = ["--cached", "--others", "--exclude-standard", "--", *sorted(set(specs))]
    return f"{listing} {shlex.join(options)}"


def _specs(root: Path, path: Path) -> list[str]:
    below = "" if path == root else path.relative_to(root).as_posix()
    if below and not path.is_dir():
        return [f":(literal){below}"]
    escaped = "".join(f"\\{one}" if one in "*?[\\" else one for one in below)
    prefix = f"{escaped}/" if escaped else ""
    if not _FOLDERS.isdisjoint(below.split("/")):
        # No glob would name the folder a second time: all that is below it is asked about.
        return [f":(glob){prefix}**"]
    return [f":(glob){prefix}{pattern}" for pattern in GLOBS]


def _environment(machine: Machine) -> Mapping[str, str]:
    """What git needs, and no credential."""
    environ = machine.environment()
    return {name: environ[name] for name in _NEEDED if name in environ}


def _read(root: Path, listing: bytes) -> Repository:
    tracked: set[Path] = set()
    untracked: set[Path] = set()
    for line in listing.split(b"\0"):
        tag, _, name = line.partition(b" ")
        if name:
            (untracked if tag == b"?" else tracked).add(root / os.fsdecode(name))
    return Repository(root, frozenset(tracked), frozenset(untracked))
