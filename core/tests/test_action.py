"""A command line that is read without click is read as click reads it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.cli.action import AS_JSON, MACHINE, Action, Takes, action
from keyhole.cli.clicked import as_command
from keyhole.cli.direct import plainly_meant
from keyhole.cli.env import env
from keyhole.cli.give import headers, token
from keyhole.cli.status import status
from keyhole.cli.world import World


@action(Takes("server"), *MACHINE, AS_JSON)
def with_argument(world: World, **taken: Any) -> int:
    """Takes an argument."""
    raise NotImplementedError


WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("--bare", "--mode", "--settings", "--json", "--order", "--verify", "--format"),
                *("print", "interactive", "sh", "json", "dotenv", "--mode=print", "--json=yes"),
                *("--settings={}", "--settings=", "--", "-", "-h", "--help", "--bar", "", "a=b"),
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=5,
)


@pytest.mark.parametrize("one", [token, headers, env, status, with_argument])
@given(words=WORDS)
def test_what_is_read_is_what_click_reads(one: Action, words: list[str]) -> None:
    """Whatever is understood without click, click understands in the same way."""
    taken = one.read(words)
    if taken is not None:
        assert taken == as_command(one).make_context("command", list(words)).params


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ([], {"bare": False, "mode": "print", "settings": None}),
        (["--bare"], {"bare": True, "mode": "print", "settings": None}),
        (
            ["--mode", "interactive", "--settings=a=b"],
            {"bare": False, "mode": "interactive", "settings": "a=b"},
        ),
    ],
)
def test_plain_words_are_read(words: list[str], taken: dict[str, Any]) -> None:
    """The spellings that the documentation uses need no click."""
    assert token.read(words) == taken


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--bar"], ["--mode", "loud"], ["x"], ["--bare", "--bare"], ["--settings"]],
)
def test_everything_else_is_clicks(words: list[str]) -> None:
    """Help, mistakes and doubles are left to click, which has words for them."""
    assert token.read(words) is None


def test_what_an_action_answers_is_the_exit_code() -> None:
    """The code that an action returns is the command's, with click and without."""

    @action(Takes("--code", default="3"))
    def coded(_world: World, *, code: str) -> int:
        """Returns its code."""
        return int(code)

    world: Any = object.__new__(World)
    assert as_command(coded).main(["--code", "4"], obj=world, standalone_mode=False) == 4
    assert coded.run(world, **(coded.read([]) or {})) == 3


def test_the_help_is_that_of_the_function() -> None:
    """The docstring, the options and their defaults are in the help."""
    command = as_command(env)
    shown = command.get_help(click.Context(command, info_name="env"))
    assert "Print what sets the winner's variables" in shown
    assert "--format [sh|fish|powershell|json|dotenv]" in shown
    assert "[default: sh]" in shown


@pytest.mark.parametrize(
    "words",
    [
        *([], ["--help"], ["mcp"], ["--version"], ["status", "--help"]),
        # All that follows the program is its own, and only click reads `run`.
        *(["run", "echo", "--bare"], ["run", "token"], ["run", "--", "status"]),
    ],
)
def test_other_command_lines_are_clicks(words: list[str]) -> None:
    """No command, a group, and everything that is asked of keyhole itself go to click."""
    assert plainly_meant(words, World.real()) is None


def test_a_shell_that_completes_asks_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a shell asks for completions, nothing is run."""
    monkeypatch.setenv("_KEYHOLE_COMPLETE", "bash_complete")
    assert plainly_meant(["token"], World.real()) is None


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are torn in another way there")
def test_a_reader_that_goes_away_is_no_fault() -> None:
    """Where nobody reads any more, the exit code is 1 and nothing is complained about."""
    script = """
import os, sys
from keyhole.cli.direct import _attended
reading, writing = os.pipe()
os.dup2(writing, 1)
os.close(reading)
os.close(writing)
sys.exit(_attended(lambda: print("x" * 100000, flush=True)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
