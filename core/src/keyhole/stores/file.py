"""A store of one file for each key: plain text, readable by this user alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import final

from keyhole.errors import StoreError
from keyhole.guard import exposure
from keyhole.lock import locked
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole.store import Availability, Slot, State

__all__ = ["FileStore"]

_LIMIT = 4 * 1024 * 1024
"""The largest record that is kept, in bytes."""


@final
class FileStore:
    """Files with mode 0600 in a folder with mode 0700.

    A write replaces the whole file and is on disk when it ends; a symbolic link stays one. What
    another user owns or could have written is refused.

    Args:
        folder: Where the files are; it is made with the first write.
    """

    name = "file"
    priority = 100

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def status(self) -> Availability:
        state, reason, remedy = State.USABLE, "", ""
        try:
            self._check_folder()
            _check_writable(self._folder)
        except StoreError as error:
            state, reason, remedy = State.UNUSABLE, error.problem, error.remedy
        return Availability(
            state, protected=False, where=str(self._folder), reason=reason, remedy=remedy
        )

    def read(self, key: str) -> TokenRecord | None:
        self._check_folder()
        return _read(self._path(key))

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[Slot]:
        self._make_folder()
        path = self._path(key)
        with locked(path.with_suffix(".lock"), timeout=timeout):
            yield _FileSlot(path)

    def _path(self, key: str) -> Path:
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"

    def _check_folder(self) -> None:
        try:
            exposed = exposure(self._folder.stat())
        except FileNotFoundError:
            return
        except OSError as error:
            raise _failed("looked at", self._folder, error) from error
        if exposed:
            raise StoreError(
                f"the folder {exposed}, so that what is in it can't be relied on",
                where=str(self._folder),
                remedy=f"make it this user's alone: chmod 700 {self._folder}",
            )

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _failed("made", self._folder, error) from error
        self._check_folder()


@final
class _FileSlot:
    """A file whose lock is held."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def record(self) -> TokenRecord | None:
        return _read(self._path)

    def replace(self, record: TokenRecord) -> None:
        # Who only reads does not pay for it.
        from keyhole.atomic import replace_text, sweep

        text = record.text()
        # What could not be read back must not take the place of what can.
        _check_size(text, self._path)
        try:
            sweep(self._path)
            replace_text(self._path, text.reveal())
        except OSError as error:
            raise _failed("written", self._path, error) from error
        if self.record != record:
            raise StoreError("what was written does not read back", where=str(self._path))

    def delete(self) -> None:
        from keyhole.atomic import sweep

        try:
            sweep(self._path)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise _failed("removed", self._path, error) from error


def _read(path: Path) -> TokenRecord | None:
    text = _text(path)
    return None if text is None else TokenRecord.parse(text, where=str(path))


def _text(path: Path) -> Secret | None:
    """What is in a file that nobody else could have written.

    Raises:
        StoreError: Somebody else could have; or it can't be read.
    """
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed("read", path, error) from error
    try:
        with os.fdopen(handle, "rb") as stream:
            exposed = exposure(os.fstat(stream.fileno()))
            content = stream.read(_LIMIT)
    except OSError as error:
        raise _failed("read", path, error) from error
    if exposed:
        raise StoreError(
            f"the file {exposed}, so that what is in it can't be relied on",
            where=str(path),
            remedy="find out who wrote it; then remove it and log in again",
        )
    return Secret(content.decode("utf-8", "replace"))


def _check_size(text: Secret, path: Path) -> None:
    if len(text.reveal().encode()) > _LIMIT:
        raise StoreError(
            f"the record is larger than {_LIMIT // 2**20} MiB; what was kept before is still there",
            where=str(path),
            remedy="see what made it so large; another store may take it: `keyhole stores move`",
        )


def _check_writable(folder: Path) -> None:
    """Whether the folder, or the nearest one above it that exists, can be written."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StoreError(
            "the folder can't be written",
            where=str(nearest),
            remedy=f"check the owner and the mode of {nearest}",
        )


def _failed(what: str, path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"it can't be {what}: {os.strerror(error.errno or 0)}",
        where=str(path),
        remedy="check the folder's owner, its mode and the free space",
    )
