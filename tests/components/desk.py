"""A home on a real disk with a stand-in named `claude`, and a person who types command lines."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from keyhole import Machine
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.files import RealFiles
from keyhole.host import Host, RealHost

__all__ = ["LOGIN", "STATE", "TOKEN", "Desk", "Screen", "files_of_claude_code", "logging_in_at"]

TOKEN = "sk-ant-oat01-fake-" + "a1B2" * 22
LOGIN = {
    "claudeAiOauth": {
        "accessToken": TOKEN,
        "refreshToken": TOKEN.replace("oat", "ort"),
        "expiresAt": 4070908800000,
        "scopes": ["user:inference"],
        "subscriptionType": "max",
    }
}
STATE = {"oauthAccount": {"emailAddress": "ada@example.com", "organizationName": "Engines"}}


@contextmanager
def logging_in_at(issuer: str, home: Path) -> Iterator[None]:
    """A home where a server is configured, with a login of Claude Code's that nothing may touch."""
    folder = home / ".config" / "keyhole"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[login]\nissuer = "{issuer}"\nclient_id = "native"\n'
        'scopes = ["openid", "offline_access"]\nbase_url = "https://gateway.example"\n'
    )
    (home / ".claude").mkdir()
    (home / ".claude" / ".credentials.json").write_text(json.dumps(LOGIN))
    (home / ".claude.json").write_text(json.dumps(STATE))
    before = files_of_claude_code(home)
    yield
    assert files_of_claude_code(home) == before


@attrs.frozen
class Screen:
    """What a command line printed, and its exit code."""

    code: int
    out: str
    err: str


@attrs.define
class Desk:
    """A home, a stand-in for Claude Code, and a person who types."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    environ: dict[str, str] = attrs.field(factory=dict)
    host: Host = attrs.field(factory=RealHost)

    def machine(self, **options: Any) -> Machine:
        """The machine as it is on the disk now."""
        return Machine(
            environ={"HOME": str(self.home), "PATH": self._path(), **self.environ},
            files=RealFiles(),
            home=self.home,
            cwd=self.home,
            **options,
        )

    def type(self, *words: str, stdin: str = "") -> Screen:
        """Runs one command line; `stdin` is what is piped into it."""
        # A file, so that a program in the foreground inherits the same input.
        given = self.home / "stdin"
        given.write_text(stdin)
        with given.open() as stream:
            self.patch.setattr("sys.stdin", stream)
            code = run(list(words), World(self.machine, self.host))
        said = self.capsys.readouterr()
        return Screen(code, said.out, said.err)

    def claude(self, script: str) -> None:
        """Puts a stand-in on PATH, which notes how it was called and runs a shell script."""
        folder = self.home / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "claude"
        note = shlex.quote(str(self.home / "calls"))
        program.write_text(f'#!/bin/sh\necho "$*" >> {note}\n{script}\n')
        program.chmod(0o755)

    def calls(self) -> list[str]:
        """How the stand-in was called."""
        note = self.home / "calls"
        return note.read_text().splitlines() if note.exists() else []

    def keep(self, name: str, content: Any) -> Path:
        """Writes a file below the home folder."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def _path(self) -> str:
        return f"{self.home / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"


def files_of_claude_code(home: Path) -> Mapping[str, bytes]:
    """Every byte that Claude Code keeps in a home."""
    kept = [home / ".claude.json", *(home / ".claude").rglob("*")]
    return {str(path): path.read_bytes() for path in kept if path.is_file()}
