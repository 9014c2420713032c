"""What one user's processes share for the length of a session: small secrets, and locks.

It lives in a folder that nobody else can enter, below `XDG_RUNTIME_DIR`, which systems keep in
memory and empty when the user logs out.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import final

from keyhole.atomic import replace_text
from keyhole.guard import is_guarded, is_private
from keyhole.secret import Secret

__all__ = ["Scratch"]


@final
class Scratch:
    """Texts and locks by key.

    Args:
        folder: A folder that is this user's alone; `below` makes sure of that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def below(cls, runtime_dir: Path) -> Scratch | None:
        """The scratch folder in a runtime folder; None where others could enter or swap it."""
        folder = runtime_dir / "keyhole"
        if os.name != "posix" or not runtime_dir.is_absolute() or not is_guarded(runtime_dir):
            return None
        with suppress(OSError):
            folder.mkdir(mode=0o700)
        return cls(folder) if is_private(folder) else None

    def read(self, key: str) -> Secret | None:
        """What is kept under a key; None where there is nothing, or it can't be read."""
        with suppress(OSError, UnicodeDecodeError):
            return Secret(self._path(key, "kept").read_text("utf-8"))
        return None

    def write(self, key: str, text: Secret) -> None:
        """Keeps a text. Where that fails nothing is kept: sharing is a convenience."""
        self.remove(key)
        with suppress(OSError):
            replace_text(self._path(key, "kept"), text.reveal())

    def remove(self, key: str) -> None:
        """Forgets what is kept under a key."""
        with suppress(OSError):
            self._path(key, "kept").unlink()

    def lock(self, key: str, *, timeout: float) -> AbstractContextManager[None]:
        """Lets one process of this user at a time pass; the end of a process frees its locks.

        Args:
            key: What is locked.
            timeout: How many seconds to wait for it.

        Raises:
            BusyError: Another process held it all that time; with its number.
            StoreError: The file system can't lock.
        """
        from keyhole.lock import locked

        return locked(self._path(key, "lock"), timeout=timeout)

    def _path(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"
