"""Changing somebody's file: shown first, kept as it was, and only where it is what was looked at.

The copies may hold secrets, so that they are for this user alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from keyhole.errors import RecordError
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.redaction import redact

__all__ = ["TAKE_BACK", "backup", "beside", "check_unchanged", "mode_of", "old_backups"]

TAKE_BACK = "take-back.sh"
"""How a file of commands among the copies is called, after the moment."""

_FOLDER = "backups"
_OLD = 7 * 24 * 60 * 60
_PARTS = 3
_LONGEST = 100


def backup(machine: Machine, host: Host, path: Path, text: str) -> Path:
    """Keeps a copy of a file, with mode 0600 in keyhole's state folder; its name tells which file.

    Args:
        machine: Where the state folder is.
        host: Writes it.
        path: The file.
        text: What it holds.

    Returns:
        Where the copy is.

    Raises:
        RecordError: It can't be written.
    """
    which = sha256(f"{path}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    copy = beside(machine, host, f"{which}-{_named(path)}")
    host.write(copy, text)
    return copy


def beside(machine: Machine, host: Host, name: str) -> Path:
    """The path of a file among the copies; its name begins with the moment.

    Args:
        machine: Where the state folder is.
        host: Has the time.
        name: What the file is called besides.
    """
    moment = datetime.fromtimestamp(host.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    return machine.state_folder / _FOLDER / f"{moment}-{name}"


def check_unchanged(path: Path, old: str | None) -> None:
    """What was looked at must be what is there, to the byte.

    Args:
        path: The file.
        old: What it held; None where there was no file.

    Raises:
        RecordError: It is something else.
    """
    try:
        held = path.read_bytes() if path.exists() else None
    except OSError:
        held = b""
    if held != (None if old is None else old.encode("utf-8")):
        raise RecordError(
            "the file is not as it was when it was looked at, or begins with a byte order mark",
            where=str(path),
            remedy="run the command again; save the file as UTF-8 without a mark",
        )


def mode_of(path: Path) -> int | None:
    """The mode of a file; None where there is none."""
    return path.stat().st_mode & 0o7777 if path.exists() else None


def old_backups(machine: Machine) -> list[Path]:
    """Copies that are older than a week, so that nobody needs them any more."""
    folder = machine.state_folder / _FOLDER
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    return [folder / name for name in names if machine.now - _moment(name) > _OLD]


def _named(path: Path) -> str:
    """A path's last parts as a name that tells whose copy it is, without a secret."""
    parts = [redact(part).strip(".*") for part in path.parts[-_PARTS:] if part != path.anchor]
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", "-".join(filter(None, parts)))[-_LONGEST:]


def _moment(name: str) -> float:
    try:
        return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%z").timestamp()
    except ValueError:
        return float("inf")
