"""Real helpers, well-behaved and not: each ends in time, and says what was wrong."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException

import pytest

from keyhole import API_KEY, BEARER, HELPER_OUTPUT, Credential, Found, Kind, Machine
from keyhole.errors import ConfigError, HelperError
from keyhole.host import RealHost
from keyhole.process import Outcome
from keyhole.testing import FakeHost, fake_machine
from keyhole_api_key_helper.source import ApiKeyHelper

Look = Callable[..., Machine]

pytestmark = pytest.mark.usefixtures("nothing_left")

KEY = "fake-key-0123456789"
SPAWN = "sleep 60 & echo $! >> ~/pids"


def _load(machine: Machine) -> Credential:
    finding = ApiKeyHelper().find(machine)
    assert isinstance(finding, Found)
    return finding.load(RealHost(), None)


WELL = {
    "plain": f"echo {KEY}",
    "without a line end": f"printf {KEY}",
    "with a carriage return": f"printf '{KEY}\\r\\n'",
    "talks on stderr": f"echo looking it up >&2; echo {KEY}",
    "a megabyte on stderr": f"head -c 1000000 /dev/zero | tr '\\0' x >&2; echo {KEY}",
    "reads stdin": f"cat; echo {KEY}",
    "a grandchild holds the pipe": f"{SPAWN}; echo {KEY}",
    "by the home's short name": "~/helper.sh",
    "in the start folder": f'[ "$(basename "$PWD")" = project ] && echo {KEY}',
    "knows what it is for": f'[ "$KEYHOLE_PROVIDER" = anthropic ] && echo {KEY}',
}


@pytest.mark.parametrize("line", WELL.values(), ids=WELL)
def test_it_prints_a_key(look: Look, home: Path, line: str) -> None:
    """A helper that prints one key has that key sent, whatever else it does."""
    script = home / "helper.sh"
    script.write_text(f"#!/bin/sh\necho {KEY}\n")
    script.chmod(0o700)
    credential = _load(look(line))
    assert credential.secret.reveal() == KEY
    assert dict(credential.headers()) == {"authorization": f"Bearer {KEY}", "x-api-key": KEY}


BADLY = {
    "a key, and exit status 1": (
        f"echo {KEY}; echo got {KEY} from {KEY} >&2; exit 1",
        "it ended with exit status 1; the end of its stderr:\n    got **** from ****",
    ),
    "several lines": (f"echo {KEY}; echo {KEY}", "it printed 2 lines where one token belongs"),
    "nothing": ("true", "it printed nothing; its stderr is empty"),
    "only white space": ("echo", "it printed nothing but white space"),
    "a missing command": (
        "no-such-helper",
        "it ended with exit status 127 (the shell found no such command)",
    ),
    "no program": (
        "/dev/null",
        "it ended with exit status 126 (it is not a program that may be run)",
    ),
    "binary": ("printf '\\377\\376\\000'", "it printed something that is no text, at byte 1"),
    "too long": (
        "head -c 16385 /dev/zero | tr '\\0' x",
        "what it printed has 16385 characters, which is more than 16384",
    ),
    "far too long": ("head -c 9000000 /dev/zero | tr '\\0' x", "it printed 64 KiB or more"),
    "killed": ("kill -9 $$", "it was killed by SIGKILL"),
    "a megabyte on stderr": (
        f"for i in 1 2 3; do echo {KEY} >&2; done; head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2;"
        f"head -c 9000 /dev/zero | tr '\\0' x >&2; echo last words >&2; exit 3",
        "last words",
    ),
    "escape sequences": ("printf '\\033[31mred\\033[0m\\n' >&2; exit 3", "stderr:\n    red"),
    "a secret of the environment": ('echo "no $VAULT_TOKEN" >&2; exit 3', "    no ****"),
    "a secret of the command": (
        "echo tried --pin=one-two-three-four >&2; false",
        "tried --pin=***",
    ),
    "a secret behind an option": (
        "echo tried one-two-three-four >&2; : --pin one-two-three-four; false",
        "    tried ****",
    ),
    "an option of the command": (
        "echo unknown option --item-name >&2; exit 3",
        "    unknown option --item-name",
    ),
}


@pytest.mark.parametrize(("line", "said"), BADLY.values(), ids=BADLY)
def test_a_failure_says_what_was_wrong(look: Look, line: str, said: str) -> None:
    """Each failure has its exit status or its flaw and the end of stderr, and no secret."""
    started = time.monotonic()
    with pytest.raises(HelperError) as caught:
        _load(look(line, VAULT_TOKEN="correct-horse-battery"))
    text = str(caught.value)
    assert said in text
    assert ".claude/settings.json:1 (apiKeyHelper): the helper failed after " in text
    assert caught.value.remedy
    assert not [word for word in (KEY, "battery", "three", "\x1b") if word in text]
    assert len(text) < 3000
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("program", ["keyhole", "~/bin/keyhole"])
def test_what_keyhole_itself_is_asked_for_shows(look: Look, home: Path, program: str) -> None:
    """Where the helper is keyhole, the name that it was given shows, because names are no secrets."""
    said = "keyhole: no secret named anthropic-key-2024b is kept"
    script = home / "bin" / "keyhole"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 3\n')
    script.chmod(0o700)
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    with pytest.raises(HelperError) as caught:
        _load(look(f"{program} secret get anthropic-key-2024b", PATH=path))
    assert f"    {said}\n" in str(caught.value)


def test_a_traceback_with_locals_shows_no_secret(look: Look) -> None:
    """Neither what was printed nor the command nor a variable stands in any frame of a failure."""
    with pytest.raises(HelperError) as caught:
        _load(
            look(f"echo {KEY} {KEY}; : secret-of-the-command", VAULT_TOKEN="secret-of-a-variable")
        )
    frames = caught.tb.tb_next
    text = "".join(
        TracebackException(HelperError, caught.value, frames, capture_locals=True).format()
    )
    assert "outcome = Outcome(" in text
    assert not [word for word in (KEY, "secret-of") if word in text]


STUBBORN = {
    "sleeps": "echo $$ >> ~/pids; sleep 60",
    "ignores SIGTERM": "trap '' TERM; echo $$ >> ~/pids; while :; do sleep 0.1; done",
    "leaves others behind": f"echo $$ >> ~/pids; {SPAWN}; {SPAWN}; wait",
    "floods": "echo $$ >> ~/pids; exec yes",
}


@pytest.mark.parametrize("line", STUBBORN.values(), ids=STUBBORN)
def test_a_helper_that_takes_too_long_is_ended(look: Look, line: str) -> None:
    """It is ended with all that it started, soon after its time, however it resists."""
    started = time.monotonic()
    with pytest.raises(HelperError, match=r"because 0\.3 seconds were not enough") as caught:
        _load(look(line, "timeout = 0.3"))
    assert "[helper] timeout" in caught.value.remedy
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("kind", "expected", "headers"),
    [
        (None, HELPER_OUTPUT, {"authorization", "x-api-key"}),
        ("api-key", API_KEY, {"x-api-key"}),
        ("bearer", BEARER, {"authorization"}),
    ],
)
def test_a_kind_narrows_it_to_one_header(
    look: Look, kind: str | None, expected: Kind, headers: set[str]
) -> None:
    """Plain output goes into both headers; a kind says which one."""
    said = {"value": KEY} | ({"kind": kind} if kind else {})
    credential = _load(look(f"echo '{json.dumps(said)}'"))
    assert credential.kind == expected
    assert set(credential.headers()) == headers
    assert not credential.refused(403, {})


def test_what_it_is_run_with() -> None:
    """It gets the trusted `env` blocks and what it is asked for; nothing of an untrusted one."""
    host = FakeHost()
    host.outcomes = [Outcome(0, b"fake", b"", 0.1)]
    user = {"A": "user", "GONE": "", "ANTHROPIC_BASE_URL": " https://gateway.test "}
    machine = fake_machine(
        {"A": "shell", "B": "shell", "GONE": "shell"},
        {
            ".claude/settings.json": {"apiKeyHelper": "echo fake", "env": user},
            "project/.claude/settings.json": {"env": {"B": "project", "C": "project"}},
            ".config/keyhole/config.toml": "[helper]\ntimeout = 7\n",
        },
    )
    finding = ApiKeyHelper().find(machine)
    assert isinstance(finding, Found)
    assert finding.load(host, None).endpoint == "https://gateway.test"
    [command] = host.commands
    assert command.env == {
        "A": "user",
        "B": "shell",
        "ANTHROPIC_BASE_URL": "https://gateway.test",
        "KEYHOLE_PROVIDER": "anthropic",
    }
    assert (command.line, command.cwd, command.timeout) == ("echo fake", machine.cwd, 7)
    command.on_slow()
    assert host.told == [
        f"the apiKeyHelper of {finding.where} is taking a while; it may take 7 seconds"
    ]


@pytest.mark.parametrize("wrong", ["0", "-1", "true", '"5"', "inf", "nan"])
def test_a_timeout_is_a_number_above_0(look: Look, wrong: str) -> None:
    """Another timeout is the configuration's error, with its line."""
    with pytest.raises(ConfigError, match=r"'helper\.timeout' must be a number of seconds above 0"):
        _load(look("echo fake", f"timeout = {wrong}"))


def test_a_start_folder_that_is_gone(look: Look, home: Path) -> None:
    """Where the start folder does not exist any more, that is said."""
    (home / "project").rmdir()
    with pytest.raises(HelperError, match=r"can't be started: No such file or directory"):
        _load(look("echo fake"))
