"""Writing a folder of files: all of it, or nothing."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from keyhole.errors import ScaffoldError

__all__ = ["write"]


def write(files: Mapping[str, str], folder: Path) -> None:
    """Makes a folder with these files in it.

    They are written beside it and moved into place together, so that Ctrl-C or a full disk leaves
    nothing behind.

    Args:
        files: What each holds, by its path in the folder.
        folder: The folder, which must not exist yet.

    Raises:
        ScaffoldError: Something is there already, or it can't be written.
    """
    if os.path.lexists(folder):
        raise ScaffoldError(
            "something is there already, and nothing is ever overwritten",
            where=str(folder),
            remedy="choose another name, or another folder with --into",
        )
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        for path, text in files.items():
            _write(unfinished / path, text)
        unfinished.rename(folder)
    except OSError as error:
        raise ScaffoldError(
            f"the plugin can't be written: {os.strerror(error.errno or 0)}",
            where=str(folder),
            remedy="check the folder's owner, its mode and the free space",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
