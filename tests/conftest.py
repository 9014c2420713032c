"""What the tests of the whole share: an empty home, and `keyhole` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from components.environments import install, pip, wheelhouse
from components.people import NOBODY, PEERS

__all__ = ["call", "cwd", "home", "install", "isolated", "keyhole", "pip", "wheelhouse"]

_RUN = "import sys; from keyhole.cli import run; sys.exit(run())"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder without anything in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def cwd(home: Path) -> Path:
    """The folder that `keyhole` starts in; there is nothing in it either."""
    folder = home / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def isolated(home: Path) -> Callable[..., dict[str, str]]:
    """The variables of a process that sees no other home: `isolated(NAME="value")`."""

    def environ(**more: str) -> dict[str, str]:
        return {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "COLUMNS": "100",
            # The keyring of the person who runs the tests is none of theirs.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **more,
        }

    return environ


@pytest.fixture
def keyhole(
    isolated: Callable[..., dict[str, str]], cwd: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one command line as a process: `keyhole("status", environ={...})`."""

    def call(
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        script: str = _RUN,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, sys.executable, "-c", script, *arguments],
            env=isolated(**(environ or {})),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,  # a machine under load is slow
            check=False,
        )

    return call


@pytest.fixture
def call(isolated: Callable[..., dict[str, str]], cwd: Path) -> Callable[..., str]:
    """Calls a tool of an MCP server from a new process, where it is some seconds later.

    `call(url, 3600)` gives the status; nobody is asked anything.
    """

    def called(url: str, seconds: float = 0, **environ: str) -> str:
        done = subprocess.run(
            [sys.executable, str(PEERS / "keyhole_caller.py"), url, str(seconds)],
            env=isolated(**NOBODY, **environ),
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stdout or done.stderr

    return called


@pytest.fixture
def tokens_in_files(
    tmp_path: Path, isolated: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of a machine whose tokens are in files; this process's too."""
    config = tmp_path / "config.toml"
    config.write_text('[stores]\nuse = "file"\n')
    machine = isolated(KEYHOLE_CONFIG=str(config))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in machine.items():
        monkeypatch.setenv(name, value)
    return machine
