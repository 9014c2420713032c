"""Where keyhole keeps its own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from keyhole.errors import KeyholeError

__all__ = ["config_files", "data_folder", "state_folder", "working_folder"]


def config_files(environ: Mapping[str, str], home: Path, platform: str) -> tuple[Path, ...]:
    """The configuration files, the strongest last: the user's, then the administrator's."""
    named = environ.get("KEYHOLE_CONFIG", "").strip()
    if named:
        return Path(named), _ADMINISTRATOR
    if platform == "win32":
        folder = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        folder = _absolute(environ.get("XDG_CONFIG_HOME")) or home / ".config"
    return folder / "keyhole" / "config.toml", _ADMINISTRATOR


def data_folder(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    """The folder of the file store: secrets, for this user alone."""
    if platform == "win32":
        return state_folder(environ, home, platform)
    folder = _absolute(environ.get("XDG_DATA_HOME")) or home / ".local" / "share"
    return folder / "keyhole"


def state_folder(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    """The folder of what keyhole remembers (trust, approvals); no secrets."""
    if platform == "win32":
        folder = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        folder = _absolute(environ.get("XDG_STATE_HOME")) or home / ".local" / "state"
    return folder / "keyhole"


def working_folder() -> str:
    """The folder that this process is in.

    Raises:
        KeyholeError: It is there no more.
    """
    try:
        return os.getcwd()  # noqa: PTH109  # a Path costs more than the call
    except FileNotFoundError:
        raise KeyholeError(
            "the folder that you are in was removed",
            where=os.environ.get("PWD", ""),
            remedy="go to one that exists: `cd`",
        ) from None


_ADMINISTRATOR = Path("/etc/keyhole/config.toml")


def _absolute(text: str | None) -> Path | None:
    """The XDG specification: a relative path is to be ignored."""
    path = Path(text) if text else None
    return path if path and path.is_absolute() else None
