"""A look that is remembered is never an old one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keyhole import resolve
from keyhole.errors import NoCredentialError
from keyhole.files import RealFiles
from keyhole.remembered import Memory, Watched

KEY = "sk-ant-api03-fake-first"
OTHER = "sk-ant-api03-fake-other"
LONG_AGO = 1_700_000_000.0


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of its own, whose folders were last changed long ago."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "CLAUDE", "KEYHOLE_", "XDG_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    (home / "project").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.chdir(home / "project")
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    _settle(home)
    return home


def _settle(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A memory for which every change before this test is long ago: the change time can't be set."""
    monkeypatch.setattr("keyhole.remembered._TICK", -(10**18))
    return Memory()


def _said(memory: Memory) -> tuple[str, str]:
    """Which source wins, and what it sends."""
    survey, host = memory.look(None)
    active = survey.resolution.active
    if active is None:
        return "nobody", ""
    loaded = active.finding.load(host, None)  # type: ignore[union-attr]
    return active.source.name, loaded.secret.reveal()


def test_nothing_changed_is_no_new_look(memory: Memory) -> None:
    """Two looks at an unchanged machine are one, with one host."""
    first, host = memory.look(None)
    assert first.resolution.active is not None
    again, same = memory.look(None)
    assert again is first
    assert same is host
    assert memory.look("anthropic-sdk")[0] is not first


def _settings(home: Path) -> None:
    (home / ".claude" / "settings.json").write_text(
        f'{{"env": {{"ANTHROPIC_API_KEY": "{OTHER}"}}}}'
    )


def _configuration(home: Path) -> None:
    folder = home / ".config" / "keyhole"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[plugins]\nblock = ["keyhole-environment"]\n')


def _other_folder(home: Path) -> None:
    (home / "other").mkdir()
    os.chdir(home / "other")


CHANGES: dict[str, tuple[Callable[[Path], object], tuple[str, str] | None]] = {
    "another key": (lambda _: os.environ.update(ANTHROPIC_API_KEY=OTHER), ("api-key", OTHER)),
    "a stronger variable": (
        lambda _: os.environ.update(ANTHROPIC_AUTH_TOKEN="fake-token"),
        ("auth-token", "fake-token"),
    ),
    "no key": (lambda _: os.environ.pop("ANTHROPIC_API_KEY"), ("nobody", "")),
    "settings": (_settings, ("api-key", OTHER)),
    "a configuration": (_configuration, None),
    "a search path": (lambda home: sys.path.append(str(home)), ("api-key", KEY)),
    "another folder": (_other_folder, ("api-key", KEY)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(machine: Path, memory: Memory, change: str) -> None:
    """After a change of what the look saw there is a new look, and it says what is true now."""
    act, expected = CHANGES[change]
    assert _said(memory) == ("api-key", KEY)
    before, _ = memory.look(None)
    act(machine)
    after, _ = memory.look(None)
    assert after is not before
    if expected is not None:
        assert _said(memory) == expected


def test_a_file_that_is_written_again_is_read_again(machine: Path, memory: Memory) -> None:
    """The same length and the same time do not hide a new content."""
    settings = machine / ".claude" / "settings.json"
    settings.write_text(f'{{"env": {{"ANTHROPIC_API_KEY": "{KEY}"}}}}')
    _settle(machine)
    assert _said(memory) == ("api-key", KEY)
    settings.write_text(f'{{"env": {{"ANTHROPIC_API_KEY": "{OTHER}"}}}}')
    _settle(machine)
    assert _said(memory) == ("api-key", OTHER)


def test_a_plugin_that_is_installed_is_found(machine: Path, memory: Memory) -> None:
    """What is installed in a folder of the search path is noticed."""
    site = machine / "site"
    site.mkdir()
    sys.path.append(str(site))
    assert _said(memory) == ("api-key", KEY)
    (site / "fake_remembered.py").write_text(
        "from keyhole import Command, hookimpl\n"
        "@hookimpl\n"
        "def keyhole_commands():\n"
        "    return [Command('remembered', 'A command.', 'fake_remembered:x')]\n"
    )
    info = site / "fake_remembered-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: keyhole-remembered\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[keyhole]\nremembered = fake_remembered\n")
    survey, _ = memory.look(None)
    assert "keyhole-remembered" in {plugin.distribution for plugin in survey.plugins.plugins}


def test_what_was_changed_just_now_is_looked_at_again(machine: Path) -> None:
    """A file that may change again within one tick of the file system's clock is never trusted."""
    (machine / ".claude" / "settings.json").write_text("{}")
    memory = Memory()
    first, _ = memory.look(None)
    assert first.resolution.active is not None
    assert memory.look(None)[0] is not first


def test_who_asked_for_the_time_is_asked_again(memory: Memory) -> None:
    """An answer that depends on the clock is not kept."""
    first, _ = memory.look(None)
    assert first.machine.now > LONG_AGO
    assert memory.look(None)[0] is not first


def test_resolving_twice_loads_twice() -> None:
    """Each `resolve()` has a credential of its own, and an error is not remembered as an answer."""
    assert resolve() is not resolve()
    del os.environ["ANTHROPIC_API_KEY"]
    with pytest.raises(NoCredentialError):
        resolve()
    os.environ["ANTHROPIC_API_KEY"] = OTHER
    assert resolve().credential().secret.reveal() == OTHER


def test_watched_files_are_the_files(machine: Path) -> None:
    """What is read through them is what is there, and only a change makes them say so."""
    path = machine / "a"
    files = Watched(RealFiles())
    assert files.read(path).missing
    assert not files.exists(path)
    assert files.names(machine / ".claude") == ()
    path.write_text("a")
    assert files.read(path).content is not None
    assert not files.unchanged()
