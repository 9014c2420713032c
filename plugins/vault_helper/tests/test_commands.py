"""`keyhole vault`, and the helper as Claude Code calls it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from components.openbao import Bao

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-the-vault"
STEPS = ["address", "TLS", "sealed", "auth", "policy", "path", "field", "value"]


def test_get(bao: Bao, desk: Any) -> None:  # noqa: ARG001  # the home reads it
    """`get` prints the bare key, or the object of the helper contract."""
    assert desk.type("vault", "get").out == f"{KEY}\n"
    assert json.loads(desk.type("vault", "get", "--json").out) == {"value": KEY, "kind": "api-key"}


def test_without_a_vault(desk: Any) -> None:
    """Where no vault is configured, each command says so with exit code 3."""
    for words in (["get"], ["check"], ["configure", "--yes"], ["logout"]):
        screen = desk.type("vault", *words)
        assert screen.code == 3, screen
        assert "no vault is configured" in screen.err


def test_the_whole_chain_is_checked(bao: Bao, desk: Any) -> None:
    """`check` names each step with what it found, and shows no key and no token."""
    screen = desk.type("vault", "check", "--json")
    said = json.loads(screen.out)
    assert screen.code == 0, screen
    assert [one["step"] for one in said["steps"]] == STEPS
    assert {one["outcome"] for one in said["steps"]} == {"ok"}
    assert KEY not in screen.out + screen.err
    assert bao.token not in screen.out + screen.err


def test_the_step_that_fails_is_named(bao: Bao, site: Any, desk: Any) -> None:
    """`check` ends at the step that fails, with its remedy; the rest is not reached."""

    def failing(**environ: str) -> tuple[str, str]:
        site.environ.clear()
        site.environ.update(environ)
        screen = desk.type("vault", "check", "--json")
        assert screen.code in (1, 4), screen
        steps = json.loads(screen.out)["steps"]
        at = [one["outcome"] for one in steps].index("failed")
        assert {one["outcome"] for one in steps[:at]} <= {"ok"}
        assert {one["outcome"] for one in steps[at + 1 :]} <= {"not reached"}
        return steps[at]["step"], steps[at]["remedy"]

    token = {"VAULT_TOKEN": bao.token}
    where = {"address": bao.address, "path": "secret/anthropic"}
    site.configure(**{**where, "address": "http://127.0.0.1:9"})
    assert failing(**token) == (
        "address",
        "check that the server runs, 'vault.address' and the network",
    )
    site.configure(**{**where, "address": bao.address.replace("http", "https")})
    assert failing(**token)[0] == "TLS"
    site.configure(**where, auth="approle", role_id="fake")
    assert failing(VAULT_SECRET_ID="fake")[0] == "auth"
    site.configure(**where)
    assert failing(VAULT_TOKEN=bao.child("default")) == (
        "policy",
        'whoever writes the policies adds: path "secret/data/anthropic" '
        '{ capabilities = ["read"] }',
    )
    site.configure(**{**where, "path": "secret/nothing"})
    assert failing(**token)[0] == "path"
    site.configure(**where, field="nothing")
    assert failing(**token)[0] == "field"
    bao.ask("POST", "secret/data/odd", data={"api_key": "two words"})
    site.configure(**{**where, "path": "secret/odd"})
    assert failing(**token)[0] == "value"
    site.configure(**where)
    screen = desk.type("vault", "check")
    assert screen.code == 0


def test_a_missing_token_is_said_before_anything_is_asked(bao: Bao, site: Any, desk: Any) -> None:
    """What is visibly missing ends every command with exit code 4 and what to do."""
    site.environ.clear()
    for words in (["get"], ["check"]):
        screen = desk.type("vault", *words)
        assert (screen.code, screen.out) == (4, ""), screen
        assert "there is no token for the vault" in screen.err
        assert "bao login" in screen.err
    assert bao.health() == 200


def test_logout_forgets(bao: Bao, site: Any, desk: Any) -> None:
    """`logout` forgets the key; a token that somebody else got is theirs, and stays."""
    token = bao.child("reads")
    site.environ["VAULT_TOKEN"] = token
    desk.type("vault", "get")
    screen = desk.type("vault", "logout")
    assert (screen.code, screen.out) == (0, "Forgotten here.\n"), screen
    assert KEY not in "".join(p.read_text() for p in site.home.rglob("*.json"))
    assert bao.ask("GET", "auth/token/lookup-self", by=token)["data"]


def test_logout_of_a_vault_that_is_away(bao: Bao, site: Any, desk: Any) -> None:
    """Where the vault can't be told, keyhole's token is forgotten here, and that is said with exit code 1."""
    bao.ask("POST", "auth/approle/role/away", token_policies=["reads"])
    role_id = bao.ask("GET", "auth/approle/role/away/role-id")["data"]["role_id"]
    made = bao.ask("POST", "auth/approle/role/away/secret-id")["data"]["secret_id"]
    site.environ.clear()
    site.environ["VAULT_SECRET_ID"] = made
    options = {"auth": "approle", "role_id": role_id, "timeout": 1}
    site.configure(path="secret/anthropic", address=bao.address, **options)
    assert desk.type("vault", "get").out == f"{KEY}\n"
    with bao.stopped():
        screen = desk.type("vault", "logout")
    assert screen.code == 1
    assert "could not be told" in screen.err
    assert not site.host.tokens(site.machine()).index.entries()


# The helper


def test_as_claude_code_calls_it(bao: Bao, site: Any) -> None:  # noqa: ARG001  # the home reads it
    """`configure` writes a line that works as Claude Code runs it: /bin/sh, its folder, its variables."""
    project = site.home / "a project"
    project.mkdir()
    _keyhole(site, "vault", "configure", "--yes")
    line = json.loads((site.home / ".claude/settings.json").read_text())["apiKeyHelper"]
    environ = {
        "HOME": str(site.home),
        # Not the PATH of whoever ran `configure`.
        "PATH": "/usr/bin:/bin",
        "CLAUDE_CODE_ENTRYPOINT": "sdk-cli",
        "AI_AGENT": "claude-code",
        "ANTHROPIC_API_KEY": "sk-ant-api03-fake-other",
        **site.environ,
    }
    for _ in range(2):
        done = subprocess.run(  # noqa: S602  # as Claude Code does
            line, shell=True, cwd=project, env=environ, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=90, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, KEY.encode() + b"\n", b"")


def test_a_failure_is_said_on_stderr(bao: Bao, site: Any) -> None:
    """Where there is no key the helper prints nothing, says why on stderr, and fails."""
    site.configure(path="secret/nothing", address=bao.address)
    done = site.helper()
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is nothing at secret/nothing" in done.stderr
    assert site.helper("--help").stdout.startswith("usage: keyhole-vault-helper")
    assert site.helper("--jsno").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [
        (">&-", 1, "keyhole-vault-helper: standard output is closed\n"),
        ("> /dev/full", 1, "keyhole-vault-helper: No space left on device\n"),
        ("2>&-", 0, ""),
    ],
)
def test_a_stream_that_takes_nothing_is_no_traceback(
    bao: Bao,  # noqa: ARG001  # the home reads it
    site: Any,
    closed: str,
    code: int,
    said: str,
) -> None:
    """A key that can't be printed is a sentence and 1; a standard error that is closed, nothing."""
    done = site.helper(before=("sh", "-c", f'exec "$@" {closed}', "sh"))
    assert (done.returncode, done.stderr) == (code, said)
    assert done.stdout == ("" if code else f"{KEY}\n")


def test_a_kept_key_imports_no_client(bao: Bao, site: Any) -> None:  # noqa: ARG001  # the home reads it
    """A kept key that is fresh is printed without hvac, without requests and without other plugins."""
    assert site.helper().stdout == f"{KEY}\n"
    script = (
        "import sys; from keyhole_vault_helper.helper import run; run([]);"
        "print(*sorted({'hvac', 'requests', 'pluggy', 'click', 'filelock', 'asyncio',"
        " 'importlib.metadata', 'keyhole.renewal'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"HOME": str(site.home), "PATH": os.environ["PATH"], **site.environ},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr.split()) == (f"{KEY}\n", [])


def test_a_storm_of_helpers_asks_once(bao: Bao, site: Any) -> None:
    """Of many helpers that start at once with nothing kept, one logs in and reads for all."""
    bao.ask("POST", "auth/approle/role/storm", token_policies=["reads"])
    role_id = bao.ask("GET", "auth/approle/role/storm/role-id")["data"]["role_id"]
    secret_id = bao.ask("POST", "auth/approle/role/storm/secret-id")["data"]["secret_id"]
    site.environ.clear()
    site.environ["VAULT_SECRET_ID"] = secret_id
    site.configure(path="secret/anthropic", address=bao.address, auth="approle", role_id=role_id)
    done: list[str] = []
    threads = [threading.Thread(target=lambda: done.append(site.helper().stdout)) for _ in range(8)]
    with bao.noted() as paths:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done == [f"{KEY}\n"] * 8
    assert paths.count("auth/approle/login") == 1
    assert paths.count("secret/data/anthropic") == 1


def test_no_secret_on_any_command_line(bao: Bao, site: Any) -> None:
    """While helpers run, no process of this machine has a key, a token or a secret id among its arguments."""
    token = bao.child("reads")
    site.environ["VAULT_TOKEN"] = token
    site.configure(path="secret/anthropic", address=bao.address, refresh=0.001)
    with _watched() as seen:
        for _ in range(3):
            assert site.helper().stdout == f"{KEY}\n"
    assert any(b"keyhole_vault_helper" in line for line in seen)
    assert not [line for line in seen if KEY.encode() in line or token.encode() in line]


@contextmanager
def _watched() -> Iterator[set[bytes]]:
    """Every command line that there is meanwhile."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _keyhole(site: Any, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-c", "from keyhole.cli import main; main()", *arguments],
        env={"HOME": str(site.home), "PATH": os.environ["PATH"], **site.environ},
        cwd=site.home, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=True,
    )  # fmt: skip


def test_the_line_survives_a_shell(bao: Bao, site: Any) -> None:  # noqa: ARG001  # the home reads it
    """The line is one word for a shell, and names a program that is there."""
    _keyhole(site, "vault", "configure", "--yes")
    line = json.loads((site.home / ".claude/settings.json").read_text())["apiKeyHelper"]
    (program,) = shlex.split(line)
    assert Path(program).is_file()
