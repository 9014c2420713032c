"""Logging in on a real terminal, with a stand-in for `claude`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from components.terminal import terminal

pytestmark = pytest.mark.real

RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
TOKEN = "sk-ant-oat01-fake-" + "a1B2" * 22


def _claude(home: Path, script: str) -> str:
    folder = home / "bin"
    folder.mkdir()
    (folder / "claude").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "claude").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_a_pasted_token_is_checked_and_does_not_show(
    isolated: Callable[..., dict[str, str]], home: Path, cwd: Path
) -> None:
    """`claude setup-token` has the terminal; what is pasted after it stays invisible, and is kept as a date."""
    path = _claude(home, "test -t 0 && test -t 1 && echo 'the stand-in has a terminal'")
    command = [sys.executable, "-c", RUN, "setup-token"]
    with terminal(command, home, isolated(PATH=path), cwd) as screen:
        screen.shows("Paste the token")
        assert "the stand-in has a terminal" in screen.screen
        screen.type(TOKEN)
        screen.press("Enter")
        said = screen.shows("[ended with 0]")
    assert "ending in …a1B2 is whole" in said
    assert TOKEN not in said
    (record,) = (home / ".local/state/keyhole/setup-tokens").iterdir()
    assert set(json.loads(record.read_text())) == {"made_at", "ending"}


def test_a_token_to_check_is_asked_for_and_does_not_show(
    isolated: Callable[..., dict[str, str]], home: Path, cwd: Path
) -> None:
    """At a terminal `--check` says what it waits for, and what is pasted stays invisible."""
    command = [sys.executable, "-c", RUN, "setup-token", "--check"]
    with terminal(command, home, isolated(), cwd) as screen:
        screen.shows("Paste the token (it does not show)")
        screen.type(TOKEN)
        screen.press("Enter")
        said = screen.shows("[ended with 0]")
    assert "ending in …a1B2 is whole" in said
    assert TOKEN not in said


def test_ctrl_c_belongs_to_claude(
    isolated: Callable[..., dict[str, str]], home: Path, cwd: Path
) -> None:
    """Ctrl-C reaches `claude`, whose own code ends the command; keyhole adds no noise to it."""
    path = _claude(
        home, "trap 'echo caught; exit 9' INT\necho waiting\nwhile :; do sleep 0.1; done"
    )
    with terminal([sys.executable, "-c", RUN, "login"], home, isolated(PATH=path), cwd) as screen:
        screen.shows("waiting")
        screen.press("C-c")
        said = screen.shows("[ended with 9]")
    assert "caught" in said
    assert "Traceback" not in said
    assert "Aborted" not in said
