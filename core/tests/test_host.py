"""The real host writes private files whole or not at all."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keyhole.errors import RecordError
from keyhole.host import RealHost

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")

# Writes more than the process may write into one file: what a full disk does.
ON_A_FULL_DISK = """
import resource
from pathlib import Path
from keyhole.errors import RecordError
from keyhole.host import RealHost
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    RealHost().write(Path("folder/record.json"), "n" * 100_000)
except RecordError as error:
    print(error)
"""

# As another user where this one may write everywhere.
AS_NOBODY = """
import os
from pathlib import Path
import keyhole.atomic  # Whoever has given up all rights may not even read the checkout.
from keyhole.errors import RecordError
from keyhole.host import RealHost
if os.geteuid() == 0:
    os.setuid(65534)
for act in (RealHost().remove, lambda path: RealHost().write(path, "new")):
    try:
        act(Path("folder/record.json"))
    except RecordError as error:
        print(error)
"""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_file_is_private(tmp_path: Path) -> None:
    """A new file has mode 0600 and its new folder 0700."""
    path = tmp_path / "state" / "record.json"
    RealHost().write(path, "text")
    assert path.read_text() == "text"
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)


@posix
def test_every_new_folder_is_private(tmp_path: Path) -> None:
    """Each folder that had to be made is closed to others, not only the last."""
    RealHost().write(tmp_path / "keyhole" / "trust" / "record.json", "text")
    assert _mode(tmp_path / "keyhole") == 0o700


@posix
def test_a_file_becomes_private_again(tmp_path: Path) -> None:
    """Writing over a file that others could read closes it."""
    path = tmp_path / "record.json"
    path.write_text("old")
    path.chmod(0o666)
    RealHost().write(path, "new")
    assert (path.read_text(), _mode(path)) == ("new", 0o600)


def test_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """After writing there is the file and no other."""
    for text in ("one", "two"):
        RealHost().write(tmp_path / "record.json", text)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_the_text_is_utf_8(tmp_path: Path) -> None:
    """The encoding does not depend on the locale."""
    RealHost().write(tmp_path / "record.json", "ä\n")
    assert (tmp_path / "record.json").read_bytes() == b"\xc3\xa4\n"


def test_the_old_file_is_replaced_and_not_overwritten(tmp_path: Path) -> None:
    """Who has the old file open goes on reading the old text."""
    path = tmp_path / "record.json"
    RealHost().write(path, "old")
    with path.open() as reader:
        RealHost().write(path, "new")
        assert reader.read() == "old"


@posix
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A write that fails half-way is an error; the old text stays, and no half file is left."""
    path = _record(tmp_path)
    said = _run(ON_A_FULL_DISK, tmp_path)
    assert "the file can't be written: File too large" in said
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    assert path.read_text() == "old"


@posix
def test_a_read_only_folder_leaves_the_old_file(tmp_path: Path) -> None:
    """Where the folder may not be written, neither writing nor removing changes anything."""
    path = _record(tmp_path)
    tmp_path.chmod(0o755)
    path.parent.chmod(0o555)
    said = _run(AS_NOBODY, tmp_path)
    path.parent.chmod(0o755)
    assert "the file can't be removed: Permission denied" in said
    assert "the file can't be written: Permission denied" in said
    assert path.read_text() == "old"


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    """Where a folder has the file's name, nothing changes and nothing is left behind."""
    path = tmp_path / "record.json"
    path.mkdir()
    with pytest.raises(RecordError) as caught:
        RealHost().write(path, "new")
    assert caught.value.where == str(path)
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    """Where a file has the folder's name, that is said."""
    (tmp_path / "state").touch()
    with pytest.raises(RecordError, match="can't be written"):
        RealHost().write(tmp_path / "state" / "record.json", "new")


def test_removing_says_whether_there_was_a_file(tmp_path: Path) -> None:
    """A file can be removed once; a second time there is none."""
    path = tmp_path / "record.json"
    path.touch()
    assert RealHost().remove(path)
    assert not RealHost().remove(path)


def test_the_clock_is_the_machines() -> None:
    """`now` is the time of day in seconds since the epoch."""
    before = time.time()
    assert before <= RealHost().now() <= time.time()


def _record(folder: Path) -> Path:
    path = folder / "folder" / "record.json"
    path.parent.mkdir()
    path.write_text("old")
    return path


def _run(script: str, folder: Path) -> str:
    # -B: bytecode that a full disk cuts short would break the next process.
    command = [sys.executable, "-B", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
