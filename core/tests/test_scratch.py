"""What a user's processes share stays theirs, and one at a time holds a lock."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keyhole.errors import BusyError, StoreError
from keyhole.host import RealHost
from keyhole.scratch import Scratch
from keyhole.secret import Secret


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A runtime folder as a login session has one."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def scratch(runtime: Path) -> Scratch:
    """The scratch folder in it."""
    made = RealHost().scratch(runtime)
    assert made is not None
    return made


def test_what_is_written_is_read(scratch: Scratch, runtime: Path) -> None:
    """Another process of the same user reads what was written last."""
    scratch.write("a", Secret("first"))
    scratch.write("a", Secret("second"))
    again = Scratch.below(runtime)
    assert again is not None
    assert again.read("a") == Secret("second")
    assert again.read("b") is None


def test_what_is_removed_is_gone(scratch: Scratch) -> None:
    """What was removed is not read any more, and may be removed again."""
    scratch.write("a", Secret("text"))
    for _ in range(2):
        scratch.remove("a")
        assert scratch.read("a") is None


def test_nobody_else_can_read_it(scratch: Scratch, runtime: Path) -> None:
    """The folder has mode 0700 and each file 0600, whatever the umask is."""
    before = os.umask(0)
    try:
        scratch.write("a", Secret("text"))
        with scratch.lock("a", timeout=1):
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode)
                for path in (runtime / "keyhole", *(runtime / "keyhole").iterdir())
            }
    finally:
        os.umask(before)
    assert modes.pop("keyhole") == 0o700
    assert set(modes.values()) == {0o600}


def test_what_is_no_text_counts_as_nothing(scratch: Scratch, runtime: Path) -> None:
    """A file that is not UTF-8 is as good as none."""
    (runtime / "keyhole" / "a.kept").write_bytes(b"\xff")
    assert scratch.read("a") is None


def test_a_text_that_can_not_be_kept_is_not_missed(scratch: Scratch, runtime: Path) -> None:
    """Where nothing can be written, nothing is kept and nothing fails."""
    (runtime / "keyhole").rmdir()
    scratch.write("a", Secret("text"))
    assert scratch.read("a") is None


def _entered(runtime: Path) -> None:
    (runtime / "keyhole").mkdir()
    (runtime / "keyhole").chmod(0o710)


def _linked(runtime: Path) -> None:
    (runtime / "own").mkdir(mode=0o700)
    (runtime / "keyhole").symlink_to("own")


def _no_folder(runtime: Path) -> None:
    (runtime / "keyhole").touch(mode=0o700)


def _writable(runtime: Path) -> None:
    runtime.chmod(0o770)


def _missing(runtime: Path) -> None:
    runtime.rmdir()


@pytest.mark.parametrize("spoil", [_entered, _linked, _no_folder, _writable, _missing])
def test_a_place_that_is_not_private_is_refused(
    runtime: Path, spoil: Callable[[Path], None]
) -> None:
    """A folder that others can enter, swap or redirect is no scratch folder."""
    spoil(runtime)
    assert Scratch.below(runtime) is None


def test_somebody_elses_folder_is_refused(
    scratch: Scratch, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of another user is refused, private or not."""
    scratch.write("a", Secret("text"))
    monkeypatch.setattr("os.geteuid", lambda: runtime.stat().st_uid + 1)
    assert Scratch.below(runtime) is None


def test_a_relative_place_is_refused(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the XDG specification says, a relative path counts as none."""
    monkeypatch.chdir(runtime.parent)
    assert Scratch.below(Path("run")) is None


def test_a_sticky_folder_will_do(runtime: Path) -> None:
    """In a folder like /tmp nobody else can swap this user's own."""
    runtime.chmod(0o1777)
    assert Scratch.below(runtime) is not None


def test_one_at_a_time_holds_a_lock(scratch: Scratch) -> None:
    """Threads that want the same lock take turns."""
    inside: list[int] = []

    def enter(number: int) -> int:
        with scratch.lock("a", timeout=10):
            inside.append(number)
            alone = len(inside)
            inside.remove(number)
            return alone

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(enter, range(40))) == {1}


def test_different_keys_have_different_locks(scratch: Scratch) -> None:
    """A lock keeps nobody from another one."""
    with scratch.lock("a", timeout=1), scratch.lock("b", timeout=0):
        pass


def test_who_waits_too_long_learns_who_holds_it(scratch: Scratch) -> None:
    """The error has the number of the process that holds the lock, and the file."""
    with (
        scratch.lock("a", timeout=1),
        pytest.raises(BusyError) as caught,
        scratch.lock("a", timeout=0.1),
    ):
        pass
    assert caught.value.problem == f"process {os.getpid()} holds it"
    assert caught.value.remedy == f"end process {os.getpid()} if it hangs"
    assert caught.value.where.endswith("a.lock")


def test_the_end_of_a_process_frees_its_lock(scratch: Scratch, runtime: Path) -> None:
    """A process that is killed while it holds a lock leaves it free."""
    code = (
        "import os, sys; from pathlib import Path; from keyhole.scratch import Scratch\n"
        f"with Scratch.below(Path({str(runtime)!r})).lock('a', timeout=1):\n"
        "    os.kill(os.getpid(), 9)"
    )
    assert subprocess.call([sys.executable, "-c", code]) == -9
    with scratch.lock("a", timeout=1):
        pass


def test_a_lock_that_can_not_be_made_is_an_error(scratch: Scratch, runtime: Path) -> None:
    """Where the lock's file can't be opened, that is said with its name."""
    (runtime / "keyhole" / "a.lock").mkdir()
    with pytest.raises(StoreError, match="can't be locked"), scratch.lock("a", timeout=1):
        pass
