"""Whether a place is this user's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["exposure", "is_guarded", "is_private"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def is_guarded(folder: Path) -> bool:
    """Whether nobody but its owner (this user, or the superuser) can swap what is in a folder."""
    try:
        facts = folder.stat()
    except OSError:
        return False
    shared = facts.st_mode & _OTHERS_WRITE and not facts.st_mode & stat.S_ISVTX
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid in (os.geteuid(), 0) and not shared


def is_private(folder: Path) -> bool:
    """Whether a folder is no link, and this user's alone."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(facts.st_mode) and not facts.st_mode & _OTHERS
    return private and facts.st_uid == os.geteuid() and os.access(folder, os.W_OK | os.X_OK)


def exposure(facts: os.stat_result) -> str:
    """Who else could have put something there, as the rest of "it …"; empty where nobody could.

    Args:
        facts: Of a file or a folder that holds secrets. Windows has no such modes: its user
            folders keep others out.
    """
    if os.name != "posix":
        return ""
    if facts.st_uid != os.geteuid():
        return f"belongs to user {facts.st_uid}, not to this one ({os.geteuid()})"
    if facts.st_mode & _OTHERS_WRITE:
        return f"can be written by others (mode {stat.S_IMODE(facts.st_mode):04o})"
    return ""
