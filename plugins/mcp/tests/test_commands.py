"""The commands of `keyhole mcp` that are about servers."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keyhole import Machine
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.files import RealFiles
from keyhole.host import RealHost

URL = "https://mcp.acme.example/mcp"
HERE = Path(sys.executable).parent
SECRET = "fake-header-value-0123"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A user with an empty home folder."""
    return _world(tmp_path)


def _world(home: Path, **environ: str) -> World:
    (home / "project").mkdir(exist_ok=True)

    def look(**_options: Any) -> Machine:
        return Machine(
            environ={"KEYHOLE_CONFIG": "", **environ},
            files=RealFiles(),
            home=home,
            cwd=home / "project",
        )

    return World(look, RealHost())


def _add(world: World, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    return run(["mcp", "add", "acme", URL, "--header", "X-Api-Key", "--yes", *more], world)


def test_what_is_added_works(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The file gets a reference and the store the secret, and `headers` puts them together."""
    assert _add(world, monkeypatch) == 0
    file = tmp_path / "project" / ".mcp.json"
    assert json.loads(file.read_text()) == {
        "mcpServers": {
            "acme": {"type": "http", "url": URL, "headersHelper": "keyhole mcp headers acme"}
        }
    }
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert run(["mcp", "headers", "acme"], world) == 0
    assert json.loads(capsys.readouterr().out) == {"X-Api-Key": SECRET}
    assert run(["mcp", "list", "--json"], world) == 0
    listed = capsys.readouterr().out
    assert SECRET not in listed
    assert json.loads(listed)["servers"][0]["authentication"] == "kept headers"


def test_the_other_entries_stay_as_they_are(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding and removing an entry gives the file back, byte for byte."""
    file = tmp_path / "project" / ".mcp.json"
    before = '{\n    "mcpServers": {\n        "b": {"command": "x"}\n    }\n}\n'
    file.write_text(before)
    assert _add(world, monkeypatch) == 0
    assert '        "b": {"command": "x"}' in file.read_text()
    assert run(["mcp", "remove", "acme", "--yes"], world) == 0
    assert file.read_text() == before


def test_what_is_removed_is_shown_whole_but_for_its_secret(
    world: World, tmp_path: Path, capsys: Captured
) -> None:
    """Of the line that goes everything shows, and of its secret the end alone."""
    secret = "q7Fz0fakeKEYfake9d1c9d1cr7HQ"
    entry = f'"headers": {{"Authorization": "Bearer {secret}"}}}},'
    (tmp_path / "project" / ".mcp.json").write_text(
        f'{{"mcpServers": {{\n"acme": {{"type": "http", "url": "{URL}", {entry}\n"b": {{}}}}}}\n'
    )
    assert run(["mcp", "remove", "acme", "--yes"], world) == 0
    said = capsys.readouterr().out
    assert '"headers": {"Authorization": "Bearer ****r7HQ"}},\n' in said


@pytest.mark.parametrize(("folder", "said"), [(HERE, False), ("/nowhere", True)])
def test_a_projects_entry_names_keyhole_alone(  # the file is for others, too
    folder: Path | str,
    said: bool,  # noqa: FBT001  # a column of the table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    """A project's entry has no path of this machine; where PATH does not lead to keyhole, that is said."""
    assert _add(_world(tmp_path, PATH=str(folder)), monkeypatch) == 0
    assert '"keyhole mcp headers acme"' in (tmp_path / "project" / ".mcp.json").read_text()
    assert (f"not on PATH here: put {HERE} on PATH" in capsys.readouterr().out) is said


def test_an_entry_of_the_users_own_is_called_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Where PATH does not lead to keyhole, an entry of the user's own has its whole path."""
    assert _add(_world(tmp_path, PATH="/nowhere"), monkeypatch, "--scope", "user") == 0
    helper = f"{shlex.quote(str(HERE / 'keyhole'))} mcp headers acme"
    assert json.dumps(helper) in capsys.readouterr().out


def test_a_helper_that_nobody_could_call_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Where keyhole is nowhere to be found, a user's entry is refused before anything is kept."""
    monkeypatch.setattr("keyhole.installed._places", lambda _file: iter(()))
    world = _world(tmp_path, PATH="/nowhere")
    assert _add(world, monkeypatch, "--scope", "user") == 1
    assert "put keyhole on PATH" in capsys.readouterr().err
    assert not (tmp_path / ".local").exists()


@pytest.mark.parametrize(
    ("program", "said"),
    [("keyhole", "oauth"), ("'/opt/a b/keyhole'", "oauth"), ("other", "another helper")],
)
def test_our_own_helper_is_known_by_any_path(
    program: str, said: str, world: World, tmp_path: Path, capsys: Captured
) -> None:
    """An entry whose helper is keyhole is told from one with another helper, wherever keyhole is."""
    entry = {"type": "http", "url": URL, "headersHelper": f"{program} mcp headers acme"}
    file = tmp_path / "project" / ".mcp.json"
    file.write_text(json.dumps({"mcpServers": {"acme": entry}}))
    assert run(["mcp", "list", "--json"], world) == 0
    assert json.loads(capsys.readouterr().out)["servers"][0]["authentication"] == said


def test_another_servers_headers_are_not_given_to_an_entry_of_the_same_name(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """An entry of the same name with another URL gets nothing."""
    assert _add(world, monkeypatch) == 0
    file = tmp_path / "project" / ".mcp.json"
    file.write_text(file.read_text().replace("acme.example", "evil.example"))
    capsys.readouterr()
    assert run(["mcp", "headers", "acme"], world) == 4
    assert run(["mcp", "trust", "--yes"], world) == 0
    assert run(["mcp", "headers", "acme"], world) == 4
    assert SECRET not in capsys.readouterr().out


def test_claude_code_must_mean_the_same_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Headers are refused where Claude Code is about to ask another URL."""
    elsewhere = {"CLAUDE_CODE_MCP_SERVER_URL": "https://evil.example/mcp"}
    assert _add(_world(tmp_path), monkeypatch) == 0
    capsys.readouterr()
    assert run(["mcp", "headers", "acme"], _world(tmp_path, **elsewhere)) == 1
    assert SECRET not in capsys.readouterr().out


def test_claude_codes_own_file_is_not_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """For the user's scope the command for `claude` is printed, without the secret."""
    assert _add(world, monkeypatch, "--scope", "user") == 0
    said = capsys.readouterr().out
    assert "claude mcp add-json --scope user acme" in said
    assert SECRET not in said
    assert not (tmp_path / ".claude.json").exists()
    assert not (tmp_path / "project" / ".mcp.json").exists()


def test_a_file_that_is_not_written_need_not_be_sound(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder's broken file is in nobody's way where the entry goes to the user's scope."""
    (tmp_path / "project" / ".mcp.json").write_text("{")
    assert _add(world, monkeypatch, "--scope", "user") == 0
    assert _add(world, monkeypatch) == 1


def test_what_is_added_to_a_clone_is_said_not_to_count(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Where the folder's file is not trusted, the command says so and what to do; else it doesn't."""
    file = tmp_path / "project" / ".mcp.json"
    file.write_text(json.dumps({"mcpServers": {"b": {"command": "x"}}}))
    assert _add(world, monkeypatch) == 0
    said = capsys.readouterr().out
    assert "does not count yet: not trusted" in said
    assert "`keyhole mcp trust`" in said
    assert run(["mcp", "trust", "--yes"], world) == 0
    assert _add(world, monkeypatch) == 0
    assert "does not count" not in capsys.readouterr().out


@pytest.mark.parametrize("url", ["http://mcp.acme.example", "nonsense", "https://u:p@x.example"])
def test_a_server_needs_a_url_that_keeps_a_secret(world: World, url: str) -> None:
    """What is not https (or http on this machine) is not added."""
    assert run(["mcp", "add", "acme", url, "--yes"], world) == 2


def _clone(home: Path, **servers: Any) -> None:
    (home / "project" / ".mcp.json").write_text(json.dumps({"mcpServers": servers}))


def test_status_says_that_servers_are_there_and_do_not_count(
    world: World, tmp_path: Path, capsys: Captured
) -> None:
    """Where no server counts, status says how many are there and which command says why."""
    assert run(["mcp", "status"], world) == 0
    assert capsys.readouterr().out == "No MCP server is configured here.\n"
    _clone(tmp_path, acme={"type": "http", "url": URL}, local={"command": "npx"})
    assert run(["mcp", "status"], world) == 0
    said = "None of the 2 MCP servers here counts; `keyhole mcp list` says why.\n"
    assert capsys.readouterr().out == said
    _clone(tmp_path, acme={"type": "http", "url": URL})
    assert run(["mcp", "status"], world) == 0
    assert capsys.readouterr().out.startswith("The one MCP server here does not count; ")
    assert run(["mcp", "trust", "--yes"], world) == 0
    capsys.readouterr()
    assert run(["mcp", "status"], world) == 0
    assert capsys.readouterr().out.startswith(f"● acme  {URL}\n")


def test_trust_shows_what_it_is_asked_for(world: World, tmp_path: Path, capsys: Captured) -> None:
    """Programs with their arguments, URLs and names show; what may be a secret does not."""
    _clone(
        tmp_path,
        tool={
            "command": "npx",
            "args": ["-y", "@acme/tool", "--token", f"{SECRET} {SECRET}", f"API_KEY={SECRET} x"],
            "env": {"ACME_KEY": SECRET, "DEBUG": "1"},
            "cwd": "..",
        },
        acme={
            "type": "http",
            "url": f"{URL}?sig={SECRET}",
            "headers": {"X-Api-Key": SECRET},
            "headersHelper": f"echo --token {SECRET}",
            "oauth": {"clientId": "me", "authServerMetadataUrl": "https://evil.example/as"},
        },
    )
    file = tmp_path / "project" / ".mcp.json"
    assert run(["mcp", "trust", "--yes"], world) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        f"The servers of {file}:",
        f"  {file}:1 (mcpServers.tool): runs npx -y @acme/tool --token **** API_KEY=****",
        "      env: ACME_KEY, DEBUG",
        "      also: cwd",
        f"  {file}:1 (mcpServers.acme): {URL}?sig=****",
        "      runs for its headers: echo --token ****",
        "      headers: X-Api-Key",
        "      oauth: clientId, authServerMetadataUrl (https://evil.example/as)",
        f"{file} is trusted as it is now.",
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("text", "no object"),
        ({"type": "http"}, "neither a url nor a command"),
        ({"command": ["sh"], "args": "-c", "env": "A=b"}, "runs"),
        ({"command": "sh", "args": ["-c", "a\x1b[2J\rb"]}, r"runs sh -c 'a\x1b[2J\rb'"),
        ({"url": URL, "headers": ["A"], "oauth": "x"}, URL),
    ],
)
def test_trust_shows_an_entry_that_is_not_sound(
    world: World, tmp_path: Path, capsys: Captured, entry: Any, said: str
) -> None:
    """What a clone's entry holds, whatever it is, is shown on lines without control characters."""
    _clone(tmp_path, acme=entry)
    assert run(["mcp", "trust", "--yes"], world) == 0
    lines = capsys.readouterr().out.removesuffix("\n").split("\n")
    assert f"(mcpServers.acme): {said}" in lines[1]
    assert all(line.isprintable() for line in lines)


def test_what_is_trusted_is_not_asked_again(
    world: World, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that are trusted and unchanged are said to be; after a change it is asked again."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    _clone(tmp_path, acme={"command": "one"})
    assert run(["mcp", "trust", "--yes"], world) == 0
    assert run(["mcp", "trust"], world) == 0
    assert capsys.readouterr().out.endswith("is trusted already; nothing was changed.\n")
    _clone(tmp_path, acme={"command": "two"})
    assert run(["mcp", "trust"], world) == 130
    assert "with --yes nobody is asked" in capsys.readouterr().err


def test_registering_imports_nothing() -> None:
    """The plugin's module imports no other module of it."""
    said = (
        "import keyhole_mcp, sys; print([m for m in sys.modules if m.startswith('keyhole_mcp.')])"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
