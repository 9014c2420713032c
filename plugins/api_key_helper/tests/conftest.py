"""What the tests of real helpers share: a machine on a real disk, and a look at processes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keyhole import Machine
from keyhole.testing import fake_machine

Look = Callable[..., Machine]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a project and a runtime folder, both empty."""
    for name in ("project", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def look(home: Path) -> Look:
    """Looks at a machine with a helper: `look("echo key", "timeout = 1", AWS_PROFILE="a")`."""

    def machine(line: str, options: str = "", **environ: str) -> Machine:
        own = {"HOME": str(home), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(home / "run")}
        return fake_machine(
            own | environ,
            {
                ".claude/settings.json": {"apiKeyHelper": line},
                ".config/keyhole/config.toml": f"[helper]\n{options}\n",
            },
            home=home,
            cwd=home / "project",
        )

    return machine


@pytest.fixture
def counting() -> str:
    """A helper that prints another key at each run, and keeps a log of its runs."""
    return 'echo run >> ~/log; echo "fake-key-$(grep -c run ~/log)"'


@pytest.fixture
def runs(home: Path) -> Callable[[], int]:
    """How often the counting helper has run."""
    log = home / "log"
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def kept(home: Path) -> Callable[[], list[Path]]:
    """The files that hold a value for other processes."""
    return lambda: sorted((home / "run").rglob("*.kept"))


@pytest.fixture
def age(kept: Callable[[], list[Path]]) -> Callable[[float], None]:
    """Makes what is kept older, by so many seconds."""

    def older(seconds: float) -> None:
        for path in kept():
            fields = json.loads(path.read_text())
            path.write_text(json.dumps(fields | {"obtained_at": fields["obtained_at"] - seconds}))

    return older


@pytest.fixture
def nothing_left(home: Path) -> Iterator[None]:
    """Whoever wrote its number into `pids` has ended, and this process has no zombie."""
    yield
    until = time.monotonic() + 5
    # A process that was killed takes a moment to be gone.
    while _alive(home) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _alive(home)
    assert not [pid for pid in _children() if _state(pid) == "Z"]


def _alive(home: Path) -> list[int]:
    noted = home / "pids"
    pids = [int(pid) for pid in noted.read_text().split()] if noted.exists() else []
    return [pid for pid in pids if _state(pid) not in ("", "X", "Z")]


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def _state(pid: int) -> str:
    """One letter, as `ps` shows it; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
