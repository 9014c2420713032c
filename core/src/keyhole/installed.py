"""The programs of this installation, as others call them: by name, or by their whole path."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from keyhole.machine import Machine

__all__ = ["is_on_path", "program", "quoted", "reached", "way_onto_path"]

_OURS = "keyhole"
"""How the names of all our programs begin."""

_SHIMS = "shims"
"""Where version managers (pyenv, asdf, mise) put what starts a program of the version in force."""


def reached(machine: Machine, name: str) -> str | None:
    """What another program calls so that this installation's program runs; not quoted.

    Args:
        machine: The machine.
        name: The program's name.

    Returns:
        The name where PATH leads from it to this installation, else the whole path; None where
        neither is known.
    """
    if is_on_path(machine, name):
        return name
    path = program(machine, name)
    return None if path is None else str(path)


def is_on_path(machine: Machine, name: str) -> bool:
    """Whether PATH leads from a name to this installation's program.

    What an activated environment has put on PATH does not count: it ends with the shell.
    """
    found = shutil.which(name, path=_path(machine))
    if found is None:
        return False
    ours = program(machine, name)
    same = ours is not None and os.path.realpath(found) == os.path.realpath(ours)
    return same or Path(found).parent.name == _SHIMS


def way_onto_path(machine: Machine, name: str) -> str:
    """What to do before other programs find one of this installation's by its name."""
    path = program(machine, name)
    return f"put {path.parent if path else name} on PATH"


def program(machine: Machine, name: str) -> Path | None:
    """The whole path of one of this installation's programs; None where it is not known."""
    file = f"{name}.exe" if machine.platform == "win32" else name
    return next((path for path in _places(file) if path.is_file()), None)


def quoted(machine: Machine, word: str) -> str:
    """A word of a command line as the shell of the machine's system takes it."""
    return subprocess.list2cmdline([word]) if machine.platform == "win32" else shlex.quote(word)


def _path(machine: Machine) -> str:
    environ = machine.environment()
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    for activated in filter(None, map(environ.get, ("VIRTUAL_ENV", "CONDA_PREFIX"))):
        passing = {os.path.join(activated, folder) for folder in ("bin", "Scripts")}  # noqa: PTH118  # as PATH spells it
        folders = [folder for folder in folders if folder not in passing]
    return os.pathsep.join(folders)


def _places(file: str) -> Iterator[Path]:
    if sys.executable:
        yield Path(sys.executable).with_name(file)
    yield Path(sysconfig.get_path("scripts"), file)
    running = Path(sys.argv[0] if sys.argv else "")
    if running.is_absolute() and running.name.startswith(_OURS):
        yield running.with_name(file)
