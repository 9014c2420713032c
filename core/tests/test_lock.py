"""A lock between processes: one holder, who is named, and whose end frees it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest

from keyhole.errors import BusyError, StoreError
from keyhole.lock import locked

HOLDS = """
    import sys, time
    from pathlib import Path
    from keyhole.lock import locked
    with locked(Path(sys.argv[1]), timeout=5):
        print("held", flush=True)
        time.sleep(60)
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is ended."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDS), str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_holder_is_named(tmp_path: Path) -> None:
    """Who waits in vain is told the number of the process that holds it."""
    path = tmp_path / "a.lock"
    with (
        holder(path) as process,
        pytest.raises(BusyError, match=f"process {process.pid} holds it"),
        locked(path, timeout=0),
    ):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """The end of a process frees its lock, however it ended."""
    with holder(tmp_path / "a.lock") as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with locked(tmp_path / "a.lock", timeout=5):
            pass


def test_a_stopped_holder_still_holds_it(tmp_path: Path) -> None:
    """A process that is stopped keeps the lock, and is named to who waits."""
    with holder(tmp_path / "a.lock") as process:
        os.kill(process.pid, signal.SIGSTOP)
        with (
            pytest.raises(BusyError, match=f"process {process.pid}"),
            locked(tmp_path / "a.lock", timeout=0.2),
        ):
            pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_flock_gets_a_marker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where flock fails, a marker file locks as well: one holds it, and it ends with the hold."""

    def fails(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock.FileLock, "acquire", fails)
    with locked(tmp_path / "a.lock", timeout=0):
        assert (tmp_path / "a.marker").exists()
        with (
            pytest.raises(BusyError, match=f"process {os.getpid()}"),
            locked(tmp_path / "a.lock", timeout=0.2),
        ):
            pass
    with locked(tmp_path / "a.lock", timeout=0):
        pass


def test_a_dead_processs_marker_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A marker whose process is no more is broken by the next who comes."""
    script = textwrap.dedent("""
        import os, sys
        from filelock import SoftFileLock
        lock = SoftFileLock(sys.argv[1])
        lock.acquire()
        os._exit(9)
    """)
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.marker")], check=False, timeout=30
    )
    assert (tmp_path / "a.marker").exists()

    def fails(*_args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", fails)
    with locked(tmp_path / "a.lock", timeout=10):
        pass


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A lock that can't be made is an error with its place."""
    (tmp_path / "missing").write_text("a file, and no folder")
    with (
        pytest.raises(StoreError, match="can't be locked"),
        locked(tmp_path / "missing" / "a.lock", timeout=0),
    ):
        pass
