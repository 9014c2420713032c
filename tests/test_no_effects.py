"""Looking has no effects, with everything installed and everything configured."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.machine import Machine
from keyhole.testing import EffectError, no_effects
from keyhole.walk import survey

Keyhole = Callable[..., subprocess.CompletedProcess[str]]

EVERYTHING = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-fake",
    "ANTHROPIC_AUTH_TOKEN": "fake-auth-token",
    "ANTHROPIC_FOUNDRY_API_KEY": "fake-foundry-key",
    "ANTHROPIC_FOUNDRY_RESOURCE": "acme",
    "ANTHROPIC_VERTEX_PROJECT_ID": "acme",
    "AWS_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKEFAKE",
    "AWS_PROFILE": "acme",
    "AWS_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "fake-secret",
    "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-fake",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "CLAUDE_CODE_USE_FOUNDRY": "1",
    "CLAUDE_CODE_USE_VERTEX": "1",
    "CLOUD_ML_REGION": "europe-west1",
    "VAULT_ADDR": "http://127.0.0.1:9",
    "VAULT_TOKEN": "hvs.fake",
}
HELPER = {"apiKeyHelper": "touch helper-ran", "awsAuthRefresh": "touch refresh-ran"}
OPTIONS: tuple[list[str], ...] = (
    [],
    ["--json"],
    ["--bare"],
    ["--mode", "interactive"],
    ["--order", "anthropic-sdk"],
    ["--settings", json.dumps(HELPER)],
)


@pytest.fixture
def configured(home: Path, cwd: Path) -> Path:
    """A home in which every file that a source knows holds a credential."""
    for name, content in (
        (".claude/settings.json", {**HELPER, "env": {"ANTHROPIC_AUTH_TOKEN": "fake"}}),
        (".claude/.credentials.json", {"claudeAiOauth": {"accessToken": "fake", "expiresAt": 1}}),
        (".claude.json", {"primaryApiKey": "fake", "customApiKeyResponses": {"approved": ["x"]}}),
        ("project/.claude/settings.json", {**HELPER, "env": {"ANTHROPIC_API_KEY": "fake"}}),
        ("project/.claude/settings.local.json", HELPER),
    ):
        file = home / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile acme]\ncredential_process = touch aws-ran\n")
    (cwd / ".git").mkdir()
    return home


@pytest.fixture
def here(configured: Path, cwd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process, on that machine."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "AWS_", "CLAUDE_", "KEYHOLE_", "VAULT_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(configured))
    monkeypatch.chdir(cwd)


@pytest.mark.parametrize("switched_on", [*EVERYTHING, "everything", "nothing"])
@pytest.mark.usefixtures("here")
def test_survey_only_looks(monkeypatch: pytest.MonkeyPatch, switched_on: str) -> None:
    """`survey` runs nothing, sends nothing and writes nothing, whichever variables are set."""
    for name, value in EVERYTHING.items():
        if switched_on in (name, "everything"):
            monkeypatch.setenv(name, value)
    for bare, interactive in ((False, False), (True, False), (False, True)):
        with no_effects():
            found = survey(Machine.real(bare=bare, interactive=interactive))
            assert repr((found, found.warnings))


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.usefixtures("here")
def test_status_only_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    """`keyhole status` runs nothing, sends nothing and writes nothing, with any option."""
    for name, value in EVERYTHING.items():
        monkeypatch.setenv(name, value)
    for command in (["status", *options], ["plugins"], ["plugins", "--json"], ["--help"]):
        with no_effects():
            run(command, World.real())
        assert capsys.readouterr().out


def test_the_proof_notices_effects(tmp_path: Path) -> None:
    """Running a program, opening a socket and writing a file are each noticed."""
    file = tmp_path / "file"
    effects: tuple[Callable[[], object], ...] = (
        lambda: subprocess.call([sys.executable, "-c", ""]),
        socket.socket,
        lambda: file.write_text("text"),
        (tmp_path / "folder").mkdir,
    )
    for effect in effects:
        with pytest.raises(EffectError), no_effects():
            effect()
    assert list(tmp_path.iterdir()) == []


def test_bytecode_is_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is imported for the first time leaves its bytecode behind, and no complaint."""
    (tmp_path / "freshly_written.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with no_effects():
        importlib.import_module("freshly_written")
    del sys.modules["freshly_written"]
    assert list((tmp_path / "__pycache__").iterdir())


@pytest.mark.parametrize("switched_on", [{}, EVERYTHING], ids=["nothing", "everything"])
def test_the_disk_stays_as_it_was(
    keyhole: Keyhole, configured: Path, switched_on: dict[str, str]
) -> None:
    """After a process that looked, every file is as it was, and there is no new one."""
    before = _snapshot(configured)
    assert keyhole("status", environ=switched_on).stdout
    assert _snapshot(configured) == before


def test_an_empty_home_stays_empty(keyhole: Keyhole, home: Path, cwd: Path) -> None:
    """Where there is nothing, looking leaves nothing."""
    before = _snapshot(home)
    assert set(before) == {cwd}
    for command in ("status", "plugins"):
        assert keyhole(command).stdout
        assert _snapshot(home) == before


def _snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """Everything below a folder: when it was changed, and what it holds."""
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }
