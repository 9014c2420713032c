"""`keyhole login` and `logout` drive the installed `claude`, which owns its login."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest

from components.desk import LOGIN, STATE, TOKEN, Desk

LOG_IN = f"""mkdir -p "$HOME/.claude"
echo {shlex.quote(json.dumps(LOGIN))} > "$HOME/.claude/.credentials.json"
echo {shlex.quote(json.dumps(STATE))} > "$HOME/.claude.json"
"""
LOG_OUT = """rm -f "$HOME/.claude/.credentials.json"; echo '{}' > "$HOME/.claude.json" """


def test_login_runs_claude_and_says_who_it_is(desk: Desk) -> None:
    """`claude auth login` runs with the given arguments, and the new login is described."""
    desk.claude(LOG_IN)
    screen = desk.type("login", "--sso", "--email", "ada@example.com")
    assert (screen.code, screen.err) == (0, "")
    assert desk.calls() == ["auth login --sso --email ada@example.com"]
    assert screen.out.startswith(
        "Claude Code is logged in as ada@example.com, Engines, max, until 2099-01-01 00:00 UTC"
    )
    assert "wins" not in screen.out
    assert TOKEN not in screen.out


def test_login_says_what_wins_over_it(desk: Desk) -> None:
    """Where another credential wins over the new login, that is said at once."""
    desk.claude(LOG_IN)
    desk.environ = {"ANTHROPIC_API_KEY": "sk-ant-api03-fake"}
    screen = desk.type("login")
    assert screen.code == 0
    assert "It is not what is used here: api-key wins (ANTHROPIC_API_KEY" in screen.out


def test_the_exit_code_of_claude_comes_back(desk: Desk) -> None:
    """Where `claude` fails, its own code ends the command and nothing is claimed."""
    desk.claude("exit 7")
    for command in (["login"], ["setup-token"]):
        screen = desk.type(*command)
        assert (screen.code, screen.out) == (7, "")


def test_a_login_that_was_not_kept_is_an_error(desk: Desk) -> None:
    """Where `claude` says that all went well and no login is there, the code is 4."""
    desk.claude("echo Login successful.")
    screen = desk.type("login")
    assert screen.code == 4
    assert "ended well, and there is no login" in screen.err
    desk.claude('mkdir -p "$HOME/.claude"; echo "{" > "$HOME/.claude/.credentials.json"')
    assert "its login can't be used: the file is not valid JSON" in desk.type("login").err


@pytest.mark.parametrize("command", ["login", "setup-token"])
def test_without_claude_it_says_what_to_install(desk: Desk, command: str) -> None:
    """Where no `claude` is on PATH, the code is the shells' 127 and the remedy names Claude Code."""
    screen = desk.type(command)
    assert screen.code == 127
    assert "install Claude Code" in screen.err


def test_logout_asks_first(logged_in: Desk, untouched: Callable[[], None]) -> None:
    """Without a yes nothing is run and nothing is changed; what would be lost is named before."""
    logged_in.claude(LOG_OUT)
    for answer in ("n\n", ""):
        screen = logged_in.type("logout", stdin=answer)
        assert screen.code != 0
        assert "removes the tokens of its MCP servers, too" in screen.out
    assert logged_in.calls() == []
    untouched()


def test_logout_says_what_is_left(logged_in: Desk) -> None:
    """After `claude auth logout` every credential that is still configured is named."""
    logged_in.claude(LOG_OUT)
    logged_in.environ = {"CLAUDE_CODE_OAUTH_TOKEN": TOKEN}
    screen = logged_in.type("logout", "--yes")
    assert screen.code == 0
    assert logged_in.calls() == ["auth logout"]
    assert screen.out.endswith(
        "Still there:\n  oauth-token: CLAUDE_CODE_OAUTH_TOKEN in the environment\n"
    )
    logged_in.environ = {}
    screen = logged_in.type("logout", "--yes")
    assert screen.out == ("Claude Code is not logged in.\nNo credential is left on this machine.\n")
    assert logged_in.calls() == ["auth logout"]


def test_a_failed_logout_is_the_code_of_claude(
    logged_in: Desk, untouched: Callable[[], None]
) -> None:
    """Where `claude auth logout` fails, its code ends the command and the login is still there."""
    logged_in.claude("exit 3")
    assert logged_in.type("logout", "--yes").code == 3
    untouched()


def test_looking_leaves_claude_codes_files_as_they_are(
    logged_in: Desk, untouched: Callable[[], None]
) -> None:
    """Status, token, headers, env and a checked setup token change no byte of its files."""
    for command in (["status"], ["status", "--json"], ["token"], ["headers"], ["env"]):
        logged_in.type(*command)
    assert logged_in.type("setup-token", "--check", stdin=TOKEN).code == 0
    untouched()


def test_a_subscription_is_for_claude_alone(logged_in: Desk) -> None:
    """The login is reported and refused to everything but `claude`, until the user lifts that."""
    assert logged_in.type("status").code == 0
    refused = logged_in.type("token")
    assert refused.code == 1
    assert "handed to `claude` alone" in refused.err
    logged_in.keep(".config/keyhole/config.toml", '[subscription]\nuse = "any"\n')
    assert logged_in.type("token").out == f"{TOKEN}\n"
