"""`keyhole run -- claude`, with a stand-in that records what it is given; and `[expect]`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-ant-api03-fake-run-0123456789"
TOKEN = "sk-ant-oat01-fake-run-0123456789"
RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
CLAUDE = """#!{python}
import json, os, sys, time
json.dump({{"argv": sys.argv[1:], "environ": dict(os.environ), "pid": os.getpid()}},
          open({record!r}, "w"))
if "wait" in sys.argv:
    print("ready", flush=True)
    time.sleep(60)
sys.exit(7)
"""


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """A folder with a stand-in `claude`, which ends with 7; its record is beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "claude"
    program.write_text(CLAUDE.format(python=sys.executable, record=str(folder / "record.json")))
    program.chmod(0o755)
    return folder


@pytest.fixture
def call(
    claude: Path, isolated: Callable[..., dict[str, str]], cwd: Path
) -> Callable[..., tuple[Any, Any]]:
    """Runs a command line with the stand-in on PATH; gives how it ended and the record."""

    def run(*arguments: str, **environ: str) -> tuple[Any, Any]:
        env = isolated(**environ)
        env["PATH"] = f"{claude}{os.pathsep}{env['PATH']}"
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments],
            env=env,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        record = claude / "record.json"
        return done, json.loads(record.read_text()) if record.exists() else None

    return run


def test_claude_has_the_winner_and_no_rival(call: Any) -> None:
    """The stand-in gets its arguments and the key; the token's variable is gone; 7 comes back."""
    done, record = call(
        *("run", "--", "claude", "-p", "hi"),
        ANTHROPIC_API_KEY=KEY,
        CLAUDE_CODE_OAUTH_TOKEN=TOKEN,
    )
    assert done.returncode == 7, done.stderr
    assert record["argv"] == ["-p", "hi"]
    assert record["environ"]["ANTHROPIC_API_KEY"] == KEY
    assert TOKEN not in repr(record)


def test_a_subscription_is_for_claude_alone(call: Any) -> None:
    """A setup token goes to `claude`, and `token`, `headers`, `env` and other programs refuse it."""
    done, record = call("run", "--", "claude", CLAUDE_CODE_OAUTH_TOKEN=TOKEN)
    assert done.returncode == 7
    assert record["environ"]["CLAUDE_CODE_OAUTH_TOKEN"] == TOKEN
    for command in (["token"], ["headers"], ["env"], ["run", "--", "true"]):
        refused, _ = call(*command, CLAUDE_CODE_OAUTH_TOKEN=TOKEN)
        assert refused.returncode == 1, command
        assert "handed to `claude` alone" in refused.stderr
        assert TOKEN not in refused.stdout + refused.stderr


def test_claude_finds_its_own_login(call: Any, home: Path) -> None:
    """A login on the disk needs no variable: `claude` gets none, and no rival; a dead one stops it."""
    folder = home / ".claude"
    folder.mkdir()
    login = {"accessToken": TOKEN, "refreshToken": "sk-ant-ort01-fake", "expiresAt": 1}
    (folder / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
    config = home / ".config" / "keyhole"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[priority]\nlogin = 1000\n")
    done, record = call("run", "--", "claude", ANTHROPIC_API_KEY=KEY)
    assert done.returncode == 7, done.stderr
    assert not {name for name in record["environ"] if name.startswith(("ANTHROPIC_", "CLAUDE_"))}
    assert TOKEN not in repr(record)
    (folder / ".credentials.json").write_text(
        json.dumps({"claudeAiOauth": {**login, "refreshToken": ""}})
    )
    done, _ = call("run", "--", "claude")
    assert done.returncode == 4
    assert "can't be renewed" in done.stderr
    assert "keyhole login" in done.stderr


def test_settings_bring_no_rival_back(call: Any, home: Path) -> None:
    """Rivals in the user's settings are kept out by Claude Code's own switches."""
    (home / ".claude").mkdir()
    settings = {"env": {"CLAUDE_CODE_USE_VERTEX": "0"}, "apiKeyHelper": "echo fake-rival"}
    (home / ".claude" / "settings.json").write_text(json.dumps(settings))
    done, record = call("run", "--", "claude", "-p", "hi", ANTHROPIC_API_KEY=KEY)
    assert done.returncode == 7, done.stderr
    assert record["argv"] == ["--settings", '{"apiKeyHelper": ""}', "-p", "hi"]
    assert record["environ"]["CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"] == "1"


def test_a_key_that_claude_would_not_take_is_refused(call: Any, home: Path) -> None:
    """A key that was rejected in Claude Code starts no session that asks, and still prints."""
    (home / ".claude.json").write_text(
        json.dumps({"customApiKeyResponses": {"rejected": [KEY[-20:]]}})
    )
    done, record = call("run", "--", "claude", ANTHROPIC_API_KEY=KEY)
    assert (done.returncode, record) == (1, None)
    assert ".claude.json:1 (customApiKeyResponses.rejected)" in done.stderr
    done, record = call("run", "--", "claude", "--print", "hi", ANTHROPIC_API_KEY=KEY)
    assert done.returncode == 7
    assert record["environ"]["ANTHROPIC_API_KEY"] == KEY


def test_a_clone_does_not_choose_the_account_that_pays(call: Any, cwd: Path) -> None:
    """Until a person trusts the folder, its AWS profile is shown and `claude` is not started."""
    (cwd / ".claude").mkdir()
    settings = {"env": {"AWS_PROFILE": "theirs"}}
    (cwd / ".claude" / "settings.json").write_text(json.dumps(settings))
    bedrock = {
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKEFAKE",
        "AWS_SECRET_ACCESS_KEY": "fake-secret",
    }
    done, record = call("run", "--", "claude", "-p", "hi", **bedrock)
    assert (done.returncode, record) == (1, None)
    assert "settings.json:1 (env.AWS_PROFILE)" in done.stderr
    assert "env.AWS_PROFILE" in call("status", **bedrock)[0].stdout


def test_a_signal_reaches_claude_itself(
    claude: Path, isolated: Callable[..., dict[str, str]], cwd: Path
) -> None:
    """The program has keyhole's own process number, so that SIGTERM ends it and its code is seen."""
    env = isolated(ANTHROPIC_API_KEY=KEY)
    env["PATH"] = f"{claude}{os.pathsep}{env['PATH']}"
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "run", "--", "claude", "wait"],
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        assert json.loads((claude / "record.json").read_text())["pid"] == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


@pytest.mark.parametrize(
    "command",
    [["token"], ["headers"], ["env"], ["run", "--", "claude"], ["status"], ["status", "--verify"]],
    ids=" ".join,
)
def test_another_winner_than_expected_ends_with_5(
    call: Any, home: Path, command: list[str]
) -> None:
    """With `[expect]` naming another, every command ends with 5 and nothing is sent or run."""
    config = home / ".config" / "keyhole" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[expect]\nbilling = "subscription"\n')
    # Nothing listens there: a request would be an error of another kind.
    done, record = call(*command, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 5, done.stderr
    assert record is None
    assert KEY not in done.stdout + done.stderr
    assert "expected" in done.stdout + done.stderr
