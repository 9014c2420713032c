"""Files of tokens: for this user alone, whole at any instant, and honest about what is wrong."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import attrs
import pytest

from keyhole.errors import StoreError
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.store import State
from keyhole.stores.file import FileStore

RECORD = TokenRecord(access_token=Secret("access"), refresh_token=Secret("refresh"))
NEWER = attrs.evolve(RECORD, access_token=Secret("newer"))

root_may_do_anything = pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write all")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that does not exist yet, below another one that doesn't either."""
    return tmp_path / "keyhole" / "tokens"


def keep(folder: Path, record: TokenRecord = RECORD, key: str = "a") -> Path:
    """Keeps a record; the path of its file."""
    with FileStore(folder).exclusive(key, timeout=1) as slot:
        slot.replace(record)
    return next(folder.glob("*.json"))


def mode(path: Path) -> int:
    """The permission bits of a path."""
    return stat.S_IMODE(path.stat().st_mode)


def test_only_this_user_can_read_it(folder: Path) -> None:
    """Files have mode 0600 and new folders 0700, whatever the umask."""
    before = os.umask(0)
    try:
        path = keep(folder)
    finally:
        os.umask(before)
    assert mode(path) == 0o600
    assert mode(folder) == 0o700
    assert all(mode(file) == 0o600 for file in folder.iterdir())


def test_the_name_tells_nothing(folder: Path) -> None:
    """A file's name is a digest of its key."""
    path = keep(folder, key="mcp|https://server.example|ada")
    assert path.stem.isalnum()
    assert len(path.stem) == 64


@pytest.mark.parametrize("bits", [0o620, 0o602, 0o666])
def test_what_others_can_write_is_refused(folder: Path, bits: int) -> None:
    """A file that others can write is refused, with its mode, and is not used."""
    path = keep(folder)
    path.chmod(bits)
    with pytest.raises(StoreError, match=f"can be written by others \\(mode {bits:04o}\\)"):
        FileStore(folder).read("a")


def test_a_folder_that_others_can_write_is_refused(folder: Path) -> None:
    """So is everything in a folder that others can write; the status says so too."""
    keep(folder)
    folder.chmod(0o770)
    store = FileStore(folder)
    with pytest.raises(StoreError, match="chmod 700"):
        store.read("a")
    with pytest.raises(StoreError), store.exclusive("a", timeout=1):
        pass
    assert store.status().state is State.UNUSABLE


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give a file away")
def test_what_belongs_to_another_is_refused(folder: Path) -> None:
    """A file of another user is refused, with both users."""
    path = keep(folder)
    os.chown(path, 12345, -1)
    with pytest.raises(StoreError, match="belongs to user 12345, not to this one"):
        FileStore(folder).read("a")


def test_a_link_stays_a_link(folder: Path, tmp_path: Path) -> None:
    """Where a file is a symbolic link, what it points to is replaced and the link stays."""
    path = keep(folder)
    target = tmp_path / "elsewhere.json"
    path.rename(target)
    path.symlink_to(target)
    keep(folder, NEWER)
    assert path.is_symlink()
    assert not target.is_symlink()
    assert FileStore(folder).read("a") == NEWER


def test_what_a_killed_writer_left_is_swept(folder: Path) -> None:
    """A half-written copy that a killed process left is gone after the next write."""
    path = keep(folder)
    leftover = folder / f".{path.name}.0123456789abcdef"
    leftover.write_text("half a secr")
    keep(folder, NEWER)
    assert not leftover.exists()
    assert FileStore(folder).read("a") == NEWER


def test_what_stands_beside_a_links_target_stays(folder: Path, tmp_path: Path) -> None:
    """Sweeping takes what a writer made for this file, and no neighbour that is named alike."""
    path = keep(folder)
    vault = tmp_path / "vault"
    vault.mkdir()
    path.rename(vault / "env")
    path.symlink_to(vault / "env")
    neighbours = [vault / name for name in (".env.local", ".env.0123", ".env.0123456789ABCDEF.x")]
    for neighbour in neighbours:
        neighbour.write_text("somebody else's")
    leftover = vault / ".env.0123456789abcdef"
    leftover.write_text("half a secr")
    keep(folder, NEWER)
    with FileStore(folder).exclusive("a", timeout=1) as slot:
        slot.delete()
    assert all(neighbour.exists() for neighbour in neighbours)
    assert not leftover.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "null", "[]", '{"keyhole": 1, "expires_at": "x"}', "\0"]
)
def test_a_damaged_file_is_named_and_not_taken_for_nothing(folder: Path, content: str) -> None:
    """A damaged file is an error with its path; writing anew heals it."""
    path = keep(folder)
    path.write_text(content)
    with pytest.raises(StoreError) as caught:
        FileStore(folder).read("a")
    assert caught.value.where == str(path)
    keep(folder, NEWER)
    assert FileStore(folder).read("a") == NEWER


def test_a_folder_in_the_place_of_a_file_is_an_error(folder: Path) -> None:
    """What can't be read is an error, and never looks like nothing."""
    path = keep(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="can't be read"):
        FileStore(folder).read("a")


def test_a_file_in_the_place_of_the_folder_is_an_error(folder: Path) -> None:
    """Where a file stands in the folder's place, the error names it."""
    folder.parent.mkdir()
    folder.write_text("")
    with pytest.raises(StoreError, match="can't be made") as caught:
        keep(folder)
    assert caught.value.where == str(folder)


@root_may_do_anything
def test_a_folder_that_cannot_be_written_is_unusable(folder: Path) -> None:
    """The status of a store in a read-only home says so before anything is lost."""
    folder.parent.mkdir()
    folder.parent.chmod(0o500)
    assert FileStore(folder).status().state is State.UNUSABLE


def test_looking_makes_nothing(folder: Path) -> None:
    """Neither reading nor the status of a store makes its folder."""
    store = FileStore(folder)
    assert store.read("a") is None
    assert store.status().usable
    assert not folder.exists()


def test_a_full_disk_keeps_the_old_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails says why, leaves no half of it behind, and the old record is there."""
    keep(folder)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        keep(folder, NEWER)
    assert FileStore(folder).read("a") == RECORD
    assert not list(folder.glob(".*"))


def test_what_is_too_large_keeps_the_old_record(folder: Path) -> None:
    """A record that could not be read back is refused with a remedy, and nothing is written."""
    path = keep(folder)
    before = path.stat().st_ino
    with pytest.raises(StoreError, match="larger than 4 MiB") as caught:
        keep(folder, attrs.evolve(NEWER, extra=Extra({"filler": "x" * 5 * 2**20})))
    assert caught.value.remedy
    assert FileStore(folder).read("a") == RECORD
    assert path.stat().st_ino == before
