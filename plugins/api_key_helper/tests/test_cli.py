"""`keyhole helper test`: one run, and everything about it but the value."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyhole import Machine
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.host import RealHost
from keyhole.testing import fake_machine

Look = Callable[..., Machine]
Captured = pytest.CaptureFixture[str]

KEY = "fake-key-0123456789"
INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from keyhole.cli import main
main()
"""


def _test(machine: Machine, *options: str) -> int:
    return run(["helper", "test", *options], World(lambda **_options: machine, RealHost()))


def _report(machine: Machine, capsys: Captured) -> tuple[int, dict[str, Any]]:
    code = _test(machine, "--json")
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    document: dict[str, Any] = json.loads(said.out)
    return code, document


def test_it_says_everything_but_the_value(look: Look, home: Path, capsys: Captured) -> None:
    """Place, time, length, kind, headers and end are said; the value is not."""
    assert _test(look(f"echo {KEY}")) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "The helper works."
    assert [line.split(maxsplit=1)[0] for line in said[1:]] == [
        *("where", "took", "length", "kind", "sends", "expires")
    ]
    assert f"{home}/.claude/settings.json:1 (apiKeyHelper)" in said[1]
    assert said[3:] == [
        "  length   19 characters",
        "  kind     api-key-or-bearer",
        "  sends    authorization, x-api-key",
        "  expires  it does not say",
    ]


def test_it_says_so_in_json(look: Look, capsys: Captured) -> None:
    """`--json` has the same as an object."""
    said = json.dumps({"value": KEY, "kind": "bearer", "expires_at": "2099-01-01T00:00:00Z"})
    code, report = _report(look(f"echo '{said}'"), capsys)
    assert code == 0
    assert report.pop("seconds") < 20
    assert report.pop("where").endswith(".claude/settings.json:1 (apiKeyHelper)")
    assert report == {
        "usable": True,
        "length": 19,
        "kind": "bearer",
        "headers": ["authorization"],
        "expires_at": 4070908800.0,
        "problem": None,
        "remedy": None,
    }


def test_it_shows_the_end(look: Look, capsys: Captured) -> None:
    """An end that the helper gives is shown as a time."""
    said = json.dumps({"value": KEY, "expires_at": "2099-01-01T00:00:00Z"})
    assert _test(look(f"echo '{said}'")) == 0
    assert "expires  2099-01-01 00:00 UTC" in capsys.readouterr().out


def test_it_runs_the_helper_each_time(
    look: Look, counting: str, runs: Callable[[], int], kept: Callable[[], list[Path]]
) -> None:
    """Nothing that was printed before is used, and nothing is kept."""
    for _ in range(2):
        assert _test(look(counting)) == 0
    assert runs() == 2
    assert kept() == []


def test_it_runs_even_where_another_credential_wins(look: Look, capsys: Captured) -> None:
    """The helper can be tried while a stronger credential is set."""
    assert _report(look(f"echo {KEY}", ANTHROPIC_API_KEY="fake"), capsys)[0] == 0


def test_a_failing_helper(look: Look, capsys: Captured) -> None:
    """A failure is exit code 1, with the status and the end of stderr."""
    machine = look(f"echo {KEY}; echo no {KEY} >&2; exit 3")
    code, report = _report(machine, capsys)
    assert code == 1
    assert report["usable"] is False
    assert "it ended with exit status 3; the end of its stderr:\n    no ****" in report["problem"]
    assert report["where"]
    assert report["seconds"] is not None
    assert _test(machine) == 1
    assert "exit status 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("machine", "code", "said"),
    [
        (fake_machine(), 3, "apiKeyHelper is not set in any settings"),
        (
            fake_machine(files={"project/.claude/settings.json": {"apiKeyHelper": f"echo {KEY}"}}),
            3,
            "the folder is not trusted",
        ),
        (
            fake_machine(files={".claude/settings.json": {"apiKeyHelper": f"\0{KEY}"}}),
            4,
            "holds a character that no command can hold",
        ),
    ],
)
def test_a_helper_that_is_not_run(capsys: Captured, machine: Machine, code: int, said: str) -> None:
    """No helper is exit code 3, one that can't be run 4; nothing is run."""
    done, report = _report(machine, capsys)
    assert (done, report["problem"], report["seconds"]) == (code, said, None)
    assert _test(machine) == code
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_who_is_ended_ends_the_helper_and_all_that_it_started(
    home: Path, number: signal.Signals, code: int
) -> None:
    """After Ctrl-C, SIGTERM or a hang-up the helper and its children are gone."""
    (home / ".claude").mkdir()
    line = "echo $$ >> ~/pids; sleep 60 & echo $! >> ~/pids; wait"
    (home / ".claude" / "settings.json").write_text(json.dumps({"apiKeyHelper": line}))
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "helper", "test"],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        cwd=home / "project",
        stderr=subprocess.PIPE,
    ) as process:
        _wait_for(lambda: len(_lines(home / "pids")) == 2)
        process.send_signal(number)
        assert process.wait(10) == code


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
