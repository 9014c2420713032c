"""Copies of files as they were before `--fix`; they hold secrets, for this user alone."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from keyhole import Host, Machine

__all__ = ["backup", "old_backups"]

_FOLDER = "audit-backups"
_OLD = 7 * 24 * 60 * 60


def backup(machine: Machine, host: Host, path: Path, text: str) -> Path:
    """Keeps a copy of a file, with mode 0600 in keyhole's state folder.

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
    moment = datetime.fromtimestamp(host.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    which = sha256(f"{path}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    copy = machine.state_folder / _FOLDER / f"{moment}-{which}-{path.name.lstrip('.')}"
    host.write(copy, text)
    return copy


def old_backups(machine: Machine) -> list[Path]:
    """Copies that are older than a week, so that nobody needs them any more."""
    folder = machine.state_folder / _FOLDER
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    return [folder / name for name in names if machine.now - _moment(name) > _OLD]


def _moment(name: str) -> float:
    try:
        return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%z").timestamp()
    except ValueError:
        return float("inf")
