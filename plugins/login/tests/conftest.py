"""What the tests of the commands share: a home with a login in it, and a watch on its files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from components.desk import LOGIN, STATE, Desk, files_of_claude_code


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """An empty home."""
    return Desk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def logged_in(desk: Desk) -> Desk:
    """A home with a login in it."""
    desk.keep(".claude/.credentials.json", LOGIN)
    desk.keep(".claude.json", STATE)
    return desk


@pytest.fixture
def untouched(logged_in: Desk) -> Callable[[], None]:
    """Fails where a byte, or a time stamp, of Claude Code's files has changed since."""
    home = logged_in.home
    before = files_of_claude_code(home)
    stamps = {name: os.stat(name).st_mtime_ns for name in before}  # noqa: PTH116  # they are texts

    def check() -> None:
        after = files_of_claude_code(home)
        assert after == before
        assert {name: os.stat(name).st_mtime_ns for name in after} == stamps  # noqa: PTH116  # they are texts

    return check
