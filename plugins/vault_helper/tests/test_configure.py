"""`keyhole vault configure` changes one line of Claude Code's settings, and takes it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.desk import Screen
from keyhole.errors import RecordError
from keyhole_vault_helper.settings import command, removal, setting, write

MINE = "keyhole-vault-helper"
ODD = (
    '{\r\n\t"z" :1,\r\n\t"env": {"B": "é", "A": "2"},\r\n\t"permissions": { "allow": [ "x" ] }\r\n}'
)


@pytest.fixture
def configured(site: Any) -> Path:
    """A home that names a vault; gives the path of its settings, which are not there yet."""
    site.configure(path="secret/anthropic", address="http://127.0.0.1:9")
    site.environ["VAULT_TOKEN"] = "fake-vault-token"
    (site.home / ".claude").mkdir()
    path: Path = site.home / ".claude" / "settings.json"
    return path


@pytest.mark.parametrize("old", [ODD, "{}", "{}\n", '{"model": "x"}', '{\n  "a": [1,\n 2]\n}\n'])
def test_all_else_stays(configured: Path, desk: Any, old: str) -> None:
    """The line comes and goes, and every other byte of the file is as it was; a copy is kept each time."""
    configured.write_bytes(old.encode())
    configured.chmod(0o640)
    screen = desk.type("vault", "configure", "--yes")
    assert screen.code == 0, screen
    text = configured.read_bytes().decode()
    assert MINE in json.loads(text)["apiKeyHelper"]
    assert list(json.loads(text))[1:] == list(json.loads(old))
    assert configured.stat().st_mode & 0o777 == 0o640
    (copy,) = (configured.parents[1] / ".local/state/keyhole/backups").iterdir()
    assert copy.read_bytes() == old.encode()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert desk.type("vault", "unconfigure", "--yes").code == 0
    assert json.loads(configured.read_bytes()) == json.loads(old)
    if old not in ("{}", "{}\n"):
        assert configured.read_bytes() == old.encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.text(max_size=4), st.recursive(st.integers(), st.lists, max_leaves=4)),
    st.sampled_from([None, 2, "\t"]),
)
def test_any_settings_come_back(
    configured: Path, site: Any, held: dict[str, Any], indent: Any
) -> None:
    """Whatever settings hold, and however they are laid out: after both commands they hold the same."""
    text = json.dumps({**held, "last": 1}, indent=indent, ensure_ascii=False)
    configured.write_bytes(text.encode())
    done = setting(site.machine(), force=False).new
    assert json.loads(done) == {"apiKeyHelper": command(site.machine()), **held, "last": 1}
    configured.write_bytes(done.encode())
    assert removal(site.machine()).new == text


def test_new_settings_are_for_their_owner(configured: Path, desk: Any) -> None:
    """Where there were no settings, they are made for this user alone."""
    assert desk.type("vault", "configure", "--yes").code == 0
    assert list(json.loads(configured.read_text())) == ["apiKeyHelper"]
    assert configured.stat().st_mode & 0o777 == 0o600


def test_a_second_time_nothing_changes(configured: Path, desk: Any) -> None:
    """What is so already is said, and neither file is written."""
    desk.type("vault", "configure", "--yes")
    before = configured.stat().st_mtime_ns
    assert "Nothing is to be changed" in desk.type("vault", "configure").out
    assert configured.stat().st_mtime_ns == before
    desk.type("vault", "unconfigure", "--yes")
    assert "Nothing is to be changed" in desk.type("vault", "unconfigure").out


def test_it_shows_and_asks(configured: Path, desk: Any) -> None:
    """Who says no has seen the difference, and nothing has changed."""
    configured.write_text(ODD)
    screen: Screen = desk.type("vault", "configure", stdin="n\n")
    assert screen.code != 0
    assert '+ "apiKeyHelper": ' in screen.err
    assert "permissions" not in screen.err
    assert configured.read_text() == ODD.replace("\r\n", "\n")


def test_nothing_else_of_the_line_shows(configured: Path, desk: Any) -> None:
    """Settings on one line with secrets that nobody knows the shape of: only what changes is shown."""
    env = {"DB_PASSWORD": "hunter2-fake", "apiKeyHelper": "echo fake-in-env"}
    configured.write_text(json.dumps({"env": env, "apiKeyHelper": "echo f4ke9c2e7a1b8d3f"}))
    said = desk.type("vault", "configure", "--force", stdin="n\n").err
    assert '- "apiKeyHelper": (another helper), line 1' in said
    assert not [word for word in ("hunter2", "f4ke", "fake-in-env") if word in said]


def test_another_helper_stays(configured: Path, desk: Any) -> None:
    """Another helper is neither replaced nor removed; with --force it is replaced, and nothing of a secret in it shows."""
    other = {"apiKeyHelper": "curl -H 'X-Vault-Token: hvs.fakefakefake' vault.example"}
    configured.write_text(json.dumps(other))
    for words in (["configure", "--yes"], ["unconfigure", "--yes"]):
        screen = desk.type("vault", *words)
        assert screen.code == 1, screen
        assert f"{configured}:1 (apiKeyHelper)" in screen.err
        assert json.loads(configured.read_text()) == other
    screen = desk.type("vault", "configure", "--yes", "--force")
    assert screen.code == 0
    assert "hvs.fakefakefake" not in screen.out + screen.err
    assert MINE in json.loads(configured.read_text())["apiKeyHelper"]


@pytest.mark.parametrize("text", ['{"a": 1 // why\n}', "[1]", '{"a": ', ""])
def test_what_is_no_json_is_left_alone(configured: Path, desk: Any, text: str) -> None:
    """Settings that Claude Code would drop whole are named and not touched."""
    configured.write_text(text)
    screen = desk.type("vault", "configure", "--yes")
    if text:
        assert screen.code == 2, screen
        assert "only a JSON object can be edited" in screen.err
        assert configured.read_text() == text


def test_a_helper_that_is_nowhere_is_not_written(
    configured: Path, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the helper's program is not beside the others of this installation, no settings name it."""
    monkeypatch.setattr("keyhole.installed._places", lambda _file: iter(()))
    screen = desk.type("vault", "configure", "--yes")
    assert screen.code == 1, screen
    assert f"the program {MINE} was not found" in screen.err
    assert not configured.exists()


def test_a_file_that_changed_meanwhile(configured: Path, site: Any) -> None:
    """What somebody writes between the look and the change is not overwritten."""
    configured.write_text("{}")
    machine = site.machine()
    change = setting(machine, force=False)
    configured.write_text('{"a": 1}')
    with pytest.raises(RecordError, match="not as it was"):
        write(machine, site.host, change)
    assert configured.read_text() == '{"a": 1}'


def test_stronger_settings_are_named(configured: Path, site: Any, desk: Any) -> None:
    """Where stronger settings name another helper, that is said: Claude Code will call that one."""
    site.write(
        ".claude.json", json.dumps({"projects": {str(site.home): {"hasTrustDialogAccepted": True}}})
    )
    site.write(".claude/settings.local.json", '{"apiKeyHelper": "other"}')
    screen = desk.type("vault", "configure", "--yes")
    assert "Stronger settings name another helper" in screen.err
    assert configured.exists()


def test_no_secret_is_written(configured: Path, desk: Any) -> None:
    """Neither the settings nor what is said holds the vault's token."""
    screen = desk.type("vault", "configure", "--yes")
    assert "fake-vault-token" not in screen.out + screen.err + configured.read_text()
