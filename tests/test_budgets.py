"""What a start costs, counted where the machine makes no difference: modules and files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-ant-api03-fake"

FORBIDDEN = (
    *("anthropic", "authlib", "azure", "botocore", "google", "hvac", "keyring", "msal", "redis"),
    *("httpx", "httpx2", "requests", "rich"),
    *("attr", "attrs", "click", "filelock", "pluggy"),
    *("asyncio", "concurrent", "email", "importlib.metadata", "inspect", "logging", "socket"),
    *("ssl", "subprocess", "tempfile", "zipfile"),
)
"""None of these has anything to do on the way of a credential that is already there."""

SCRIPT = """
import os, sys
before = set(sys.modules)
opened, started = [], []
def heard(event, arguments):
    if event == "open" and isinstance(arguments[0], str | bytes):
        opened.append(os.fsdecode(arguments[0]))
    elif event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "socket.connect"):
        started.append(event)
sys.addaudithook(heard)
from keyhole.cli import run
code = run()
import json
print(json.dumps([code, sorted(set(sys.modules) - before), opened, started]), file=sys.stderr)
"""


class Counted:
    """What one command line imported and opened."""

    def __init__(self, report: str) -> None:
        self.code, self.modules, self.opened, self.started = json.loads(report)

    @property
    def own(self) -> list[str]:
        """Keyhole's modules and those of its plugins."""
        return [name for name in self.modules if name.startswith("keyhole")]

    @property
    def others(self) -> list[str]:
        """Python's modules and everybody else's."""
        return [name for name in self.modules if not name.startswith("keyhole")]

    @property
    def forbidden(self) -> list[str]:
        """Modules that have no business here."""
        return [
            name
            for name in self.others
            if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN)
        ]

    @property
    def read(self) -> Counter[str]:
        """How often each file was opened that is no module."""
        return Counter(path for path in self.opened if not path.endswith((".py", ".pyc")))


Count = Callable[..., Counted]


@pytest.fixture
def count(keyhole: Any, home: Path, cwd: Path) -> Count:
    """Runs a command on a machine with all kinds of settings, and counts."""
    files = {
        home / ".claude.json": {
            "mcpServers": {
                "acme": {
                    "type": "http",
                    "url": "https://mcp.acme.example/mcp",
                    "headers": {"Authorization": "Bearer ${ACME_TOKEN}"},
                }
            }
        },
        home / ".claude" / "settings.json": {"env": {"HTTPS_PROXY": ""}},
        cwd / ".claude" / "settings.json": {"env": {"A": "b"}},
        cwd / ".claude" / "settings.local.json": {},
        cwd / ".mcp.json": {"mcpServers": {}},
    }
    config = home / ".config" / "keyhole" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[stores]\nuse = "file"\n')
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def counted(*words: str, **environ: str) -> Counted:
        done = keyhole(*words, environ={"ACME_TOKEN": "fake", **environ}, script=SCRIPT)
        return Counted(done.stderr.splitlines()[-1])

    return counted


HOT: dict[str, tuple[tuple[str, ...], int, int]] = {
    "token": (("token",), 100, 85),
    "headers": (("headers",), 100, 85),
    "headers --json": (("headers", "--json"), 100, 85),
    "status --json": (("status", "--json"), 120, 85),
    "status": (("status",), 122, 88),
    "mcp headers": (("mcp", "headers", "acme"), 132, 90),
}
"""Command lines with how many of keyhole's modules, and how many others, they may import."""


@pytest.mark.parametrize("name", HOT)
def test_a_start_stays_within_its_budget(count: Count, name: str) -> None:
    """The commands that programs start again and again import few modules, and none in vain."""
    words, own, others = HOT[name]
    counted = count(*words, ANTHROPIC_API_KEY=KEY)
    assert counted.code == 0
    assert counted.forbidden == []
    assert len(counted.own) <= own, counted.own
    assert len(counted.others) <= others, counted.others
    assert counted.started == []


@pytest.mark.parametrize("name", HOT)
def test_each_file_is_opened_once(count: Count, name: str) -> None:
    """No settings file, and no file of an installed distribution, is read twice."""
    counted = count(*HOT[name][0], ANTHROPIC_API_KEY=KEY)
    assert {path: times for path, times in counted.read.items() if times > 1} == {}


def test_who_wins_early_asks_nobody_else(count: Count, home: Path) -> None:
    """For a token nothing is read that only weaker sources would look into."""
    counted = count("token", ANTHROPIC_API_KEY=KEY)
    assert str(home / ".claude" / "settings.json") in counted.read
    assert str(home / ".claude" / ".credentials.json") not in counted.read


def test_what_is_read_of_distributions_is_their_entry_points(count: Count) -> None:
    """Of a distribution that brings no plugin, one file is opened and nothing parsed."""
    counted = count("token", ANTHROPIC_API_KEY=KEY)
    metadata = [path for path in counted.read if path.endswith("METADATA")]
    assert metadata
    assert all("keyhole" in Path(path).parent.name for path in metadata)


def test_the_counter_counts(count: Count) -> None:
    """A command that does import a library is caught: what is counted is what happens."""
    counted = count("stores", ANTHROPIC_API_KEY=KEY)
    assert {"attrs", "click"} <= set(counted.forbidden)
