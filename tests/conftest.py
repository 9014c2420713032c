"""What the tests of the whole share: an empty home, and `keyhole` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

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
        return {"HOME": str(home), "PATH": os.environ["PATH"], "COLUMNS": "100", **more}

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
            timeout=30,
            check=False,
        )

    return call
