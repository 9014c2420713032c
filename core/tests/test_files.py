"""Reading small files: whatever is wrong with one is said, and nothing hangs or raises."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhole.files import LIMIT, MemoryFiles, RealFiles, Text

# As another user where this one may read everything; the files are found relative to the folder.
READS_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from keyhole.files import RealFiles
if os.geteuid() == 0:
    os.setuid(65534)
print(json.dumps([RealFiles().read(Path(name)).problem for name in sys.argv[1:]]))
"""


def _read(path: Path) -> Text:
    return RealFiles().read(path)


def _revealed(text: Text) -> str:
    assert text.content is not None, text.problem
    return text.content.reveal()


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """The text is what was written, with nothing wrong about it."""
    path = tmp_path / "settings.json"
    path.write_text("{}\nä", encoding="utf-8")
    text = _read(path)
    assert _revealed(text) == "{}\nä"
    assert (text.path, text.problem, text.missing, text.exposed) == (path, "", False, False)


def test_its_text_is_a_secret(tmp_path: Path) -> None:
    """The repr of what was read does not show the file's text."""
    path = tmp_path / "settings.json"
    path.write_text("sk-ant-api03-fake-canary")
    assert "canary" not in repr(_read(path))


@pytest.mark.parametrize("name", ["nothing", "file/below", "nothing/below"])
def test_a_missing_file_is_no_problem(tmp_path: Path, name: str) -> None:
    """What is not there is missing, and nothing is wrong with that."""
    (tmp_path / "file").touch()
    text = _read(tmp_path / name)
    assert text.missing
    assert text.problem == ""


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    """A BOM, as Windows editors write it, is not part of the text."""
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf{}")
    assert _revealed(_read(path)) == "{}"


@pytest.mark.parametrize(
    ("raw", "byte"), [(b'{"a": "\xff"}', 8), ("{}".encode("utf-16"), 1), (b"{}\xc3", 3)]
)
def test_other_encodings_are_said(tmp_path: Path, raw: bytes, byte: int) -> None:
    """A file that is not UTF-8 is a problem that names the byte."""
    path = tmp_path / "latin.json"
    path.write_bytes(raw)
    assert _read(path).problem == f"is not UTF-8 (byte {byte})"


def test_an_enormous_file_is_not_read(tmp_path: Path) -> None:
    """A file above the limit is refused by its size, without being read."""
    path = tmp_path / "huge.json"
    path.touch()
    os.truncate(path, 2**40)
    assert _read(path).problem == "is larger than 16 MiB"


def test_a_file_at_the_limit_is_read(tmp_path: Path) -> None:
    """The limit itself is still allowed."""
    path = tmp_path / "large.json"
    path.touch()
    os.truncate(path, LIMIT)
    assert len(_revealed(_read(path))) == LIMIT


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder under a file's name is a problem."""
    assert _read(tmp_path).problem == "is not a regular file"


@pytest.mark.skipif(sys.platform == "win32", reason="needs FIFOs")
def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    """A FIFO that nobody writes to is refused at once."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert _read(path).problem == "is not a regular file"


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")
def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket under a file's name is a problem."""
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert _read(Path("s")).problem


@pytest.mark.skipif(sys.platform == "win32", reason="needs /dev")
def test_a_device_is_no_file() -> None:
    """An endless device is refused."""
    assert _read(Path("/dev/zero")).problem == "is not a regular file"


def test_a_loop_of_links_is_said(tmp_path: Path) -> None:
    """A cyclic symbolic link is a problem and ends."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.symlink_to(there)
    there.symlink_to(here)
    assert _read(here).problem == "is a loop of symbolic links"
    assert RealFiles().exists(here)


def test_a_dangling_link_is_missing(tmp_path: Path) -> None:
    """A link to nothing reads like a missing file, yet something is there."""
    path = tmp_path / "link"
    path.symlink_to(tmp_path / "nothing")
    assert _read(path).missing
    assert RealFiles().exists(path)


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A link to a file reads as the file."""
    (tmp_path / "file").write_text("{}")
    path = tmp_path / "link"
    path.symlink_to("file")
    assert _revealed(_read(path)) == "{}"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")
@pytest.mark.parametrize(
    ("mode", "exposed"),
    [(0o600, False), (0o644, False), (0o664, False), (0o602, True), (0o777, True)],
)
def test_what_everyone_can_write_is_exposed(tmp_path: Path, mode: int, *, exposed: bool) -> None:
    """The file's mode tells whether everyone can write it; a link's own mode does not count."""
    path = tmp_path / "settings.json"
    path.write_text("{}")
    path.chmod(mode)
    (tmp_path / "link").symlink_to(path)
    assert _read(path).exposed is exposed
    assert _read(tmp_path / "link").exposed is exposed


def test_a_nul_in_the_name_is_said() -> None:
    """A name that no file can have is a problem, and nothing is there."""
    assert _read(Path("a\0b")).problem == "has a NUL character in its name"
    assert not RealFiles().exists(Path("a\0b"))


def test_a_nul_in_a_folders_name_lists_nothing() -> None:
    """A folder that no folder can be lists nothing."""
    assert RealFiles().names(Path("a\0b")) == ()


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    """A name beyond what the file system takes is a problem with the system's words."""
    assert _read(tmp_path / ("n" * 5000)).problem.startswith("can't be read: ")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX modes")
def test_an_unreadable_file_is_said(tmp_path: Path) -> None:
    """A file, or a file in a folder, that this user may not read is a problem."""
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("{}")
    closed.chmod(0o000)
    (tmp_path / "b.json").chmod(0o000)
    tmp_path.chmod(0o755)
    answer = subprocess.run(
        [sys.executable, "-c", READS_AS_NOBODY, "closed/a.json", "b.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    closed.chmod(0o700)
    assert json.loads(answer.stdout) == ["may not be read by this user"] * 2


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    """Every outcome closes the file."""
    os.truncate(_touched(tmp_path / "huge"), LIMIT + 1)
    (tmp_path / "bad").write_bytes(b"\xff")
    _touched(tmp_path / "fine")
    before = _next_handle(tmp_path)
    for name in ("huge", "bad", "fine", "missing", "."):
        _read(tmp_path / name)
    assert _next_handle(tmp_path) == before


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _next_handle(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    os.close(handle)
    return handle


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=64))
def test_any_bytes_are_text_or_a_problem(tmp_path: Path, raw: bytes) -> None:
    """A file of any bytes gives either its text or a problem, and never both."""
    path = tmp_path / "bytes"
    path.write_bytes(raw)
    text = _read(path)
    assert (text.content is None) is bool(text.problem)
    if text.content is not None:
        assert text.content.reveal().encode() == raw.removeprefix(b"\xef\xbb\xbf")


def test_the_names_of_a_folder_are_sorted(tmp_path: Path) -> None:
    """Names come in one order, whatever the file system's is."""
    for name in ("20.json", "10.json", "a"):
        (tmp_path / name).touch()
    assert RealFiles().names(tmp_path) == ("10.json", "20.json", "a")


def test_what_is_no_folder_lists_nothing(tmp_path: Path) -> None:
    """A missing folder and a file have no names in them."""
    _touched(tmp_path / "file")
    assert RealFiles().names(tmp_path / "missing") == ()
    assert RealFiles().names(tmp_path / "file") == ()


def test_files_in_memory_answer_like_real_ones(tmp_path: Path) -> None:
    """The same tree gives the same answers in memory and on disk."""
    tree = {tmp_path / "d" / "a.json": "{}", tmp_path / "d" / "b" / "c.json": "[1]"}
    for path, content in tree.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    memory, real = MemoryFiles(tree), RealFiles()
    for path in (*tree, tmp_path / "d" / "missing"):
        assert memory.read(path) == real.read(path)
    for path in (*tree, tmp_path / "d", tmp_path / "e"):
        assert memory.exists(path) == real.exists(path)
    assert memory.names(tmp_path / "d" / "b") == real.names(tmp_path / "d" / "b") == ("c.json",)
