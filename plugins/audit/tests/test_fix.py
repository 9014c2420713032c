"""`keyhole audit --fix` changes what was found and nothing else, or nothing at all."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole import Found, Role, Secret, survey
from keyhole.errors import ConfigError, RecordError, RefusedError
from keyhole.host import RealHost
from keyhole.program import Command
from keyhole_audit import keep
from keyhole_audit.fix.command import fix
from keyhole_audit.fix.json_list import prepend, without
from keyhole_audit.look import Look
from keyhole_audit.spot import repeated

SETTINGS = '{\r\n\t"a" :1,\r\n\t"env": {"GITHUB_TOKEN": "@@github@@", "B": "é"},\r\n\t"z": [ 1 ]}'
SERVER = {"type": "http", "url": "https://mcp.example.com"}

texts = st.lists(st.text(max_size=5), min_size=1, max_size=5)
layouts = st.sampled_from([None, 0, 2, "\t"])


@settings(deadline=None)
@given(texts, layouts, st.data())
def test_an_element_goes_and_all_else_stays(items: list[str], indent: Any, data: Any) -> None:
    """Without one element a list holds the others, and what stands around it is the same text."""
    text = json.dumps({"a": 1, "list": items, "b": [2]}, indent=indent)
    at = data.draw(st.integers(0, len(items) - 1))
    left = without(text, ("list", at))
    assert json.loads(left) == {"a": 1, "list": items[:at] + items[at + 1 :], "b": [2]}
    assert left.startswith(text[: text.index("[")])
    assert left.endswith(text[text.rindex('"b"') :])


@settings(deadline=None)
@given(texts, st.lists(st.text(max_size=5)), layouts)
def test_elements_come_first(new: list[str], items: list[str], indent: Any) -> None:
    """What is put into a list stands before what it held."""
    text = json.dumps({"a": 1, "list": items, "b": [2]}, indent=indent)
    assert json.loads(prepend(text, ("list",), new)) == {"a": 1, "list": new + items, "b": [2]}


def test_everything_else_stays_byte_for_byte(site: Any, run: Any) -> None:
    """Line ends, blanks and the order of a file are kept; only the member is gone."""
    path = site.project / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_bytes(site.fill(SETTINGS).encode())
    site.keep_in_files()
    run("--fix", "--yes")
    assert path.read_bytes() == SETTINGS.replace('"GITHUB_TOKEN": "@@github@@", ', "").encode()
    local = path.with_name("settings.local.json")
    assert json.loads(local.read_text()) == {"env": {"GITHUB_TOKEN": site.secrets["github"]}}
    assert local.stat().st_mode & 0o777 == 0o600


def test_it_shows_and_asks(site: Any, run: Any) -> None:
    """Whoever says no has seen the difference without a secret, and nothing has changed."""
    site.write(
        "project/.mcp.json",
        {"mcpServers": {"a": {**SERVER, "headers": {"X-Api-Key": "@@random@@"}}}},
    )
    site.keep_in_files()
    before = site.snapshot()
    result = run("--fix", input="n\n")
    assert result.exit_code == 1
    assert "Do this? [y/N]" in result.stderr
    assert '+      "headersHelper": "keyhole secret header' in result.stderr
    assert "****" in result.stderr
    assert site.secrets["random"][:-4] not in result.output
    assert site.snapshot() == before
    assert not (site.home / ".local").exists()


def test_a_secret_that_begins_with_another_is_shown_of_neither(site: Any, run: Any) -> None:
    """The difference shows nothing of the longer one of two secrets that begin alike."""
    tokens = {"A_TOKEN": "@@random@@", "B_TOKEN": "@@random@@ZZ91fakeTAIL77"}
    site.write("project/.mcp.json", {"mcpServers": {"a": {"command": "a", "env": tokens}}})
    site.keep_in_files()
    shown = run("--fix", input="n\n").stderr
    assert "B_TOKEN" in shown
    assert "fakeTAIL" not in shown


TWICE = """{"mcpServers": {"a": {"command": "a", "env": {
  "A_TOKEN": "@@random@@",
  "A_TOKEN": "@@random-2@@"
}}}}
"""


def test_a_name_that_stands_twice_is_left_to_the_user(site: Any, run: Any) -> None:
    """A file in which one value hides another is neither shown nor changed, and that is said."""
    path = site.write("project/.mcp.json", TWICE)
    site.keep_in_files()
    before = site.snapshot()
    said = run("--fix", "--yes").stderr
    assert f"{path}:3 (mcpServers.a.env.A_TOKEN) stands there twice" in said
    assert "None of it can be fixed" in said
    assert site.secrets["random"] not in said
    assert site.snapshot() == before


@settings(deadline=None)
@given(
    st.recursive(
        st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=2), inner),
    )
)
def test_json_from_a_dictionary_repeats_nothing(data: Any) -> None:
    """Where no name stands twice in one object, none is said to."""
    assert repeated(json.dumps(data)) is None


def test_an_env_that_is_no_object_is_left_to_the_user(site: Any, run: Any) -> None:
    """Where local settings can hold no variable, that is said, and the rest is fixed."""
    site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    local = site.write("project/.claude/settings.local.json", '{\n"env": null}')
    site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n")
    site.git("init", "-q")
    site.git("add", ".env", ".claude/settings.json")
    site.keep_in_files()
    result = run("--fix", "--yes")
    assert f"{local}:2 (env) holds no object" in result.stderr
    assert local.read_text() == '{\n"env": null}'
    assert (site.project / ".gitignore").read_text() == "/.env\n"


def test_a_gitignore_that_is_not_utf_8_is_left_to_the_user(site: Any, run: Any) -> None:
    """What belongs into a file that can't be read is said; git forgets the secret all the same."""
    site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n")
    ignore = site.project / ".gitignore"
    ignore.write_bytes(b"caf\xe9\n")
    site.git("init", "-q")
    site.git("add", ".")
    site.keep_in_files()
    result = run("--fix", "--yes")
    assert f"the file {ignore} is not UTF-8" in result.stderr
    assert "add the line /.env to it" in result.stderr
    assert ignore.read_bytes() == b"caf\xe9\n"
    (dotenv,) = site.look().view.of(Role.DOTENV)
    assert not dotenv.tracked
    assert "None of it can be fixed" in run("--fix", "--yes").stderr


@pytest.mark.parametrize(
    "entry", [{"command": "a", "env": ["@@github@@"]}, {**SERVER, "headers": ["@@github@@"]}]
)
def test_a_list_where_an_object_belongs_is_left_alone(entry: Any, site: Any, run: Any) -> None:
    """What has no name in a server's entry is not moved anywhere."""
    site.write("project/.mcp.json", {"mcpServers": {"a": entry}})
    site.keep_in_files()
    before = site.snapshot()
    assert "None of it can be fixed" in run("--fix", "--yes").stderr
    assert site.snapshot() == before


@pytest.mark.parametrize(("kind", "said"), [("allow", True), ("ask", False), ("deny", False)])
def test_a_remedy_promises_what_it_does(kind: str, said: bool, site: Any) -> None:  # noqa: FBT001  # a column of the table
    """Only of a rule that allows is it said that `--fix` removes it."""
    rules = {"permissions": {kind: ["Bash(echo @@github@@)"]}}
    site.write("project/.claude/settings.json", rules)
    (rule,) = [one for one in site.audit().flagged if one.check.code == "KH103"]
    assert ("--fix" in rule.notice.remedy) is said


def test_a_second_time_there_is_nothing_to_do(site: Any, run: Any) -> None:
    """What was fixed stays as it is, and a backup for this user alone has what it was."""
    path = site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    old = path.read_text()
    site.git("init", "-q")
    site.keep_in_files()
    assert run("--fix", "--yes").exit_code == 0
    before = site.snapshot()
    assert run("--fix", "--yes").exit_code == 0
    assert site.snapshot() == before
    (copy,) = (site.home / ".local/state/keyhole/backups").glob("*-project-claude-settings.json")
    assert copy.read_text() == old
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_tracked_file_is_forgotten_by_git(site: Any, run: Any) -> None:
    """Git forgets what is meant for one person and ignores it; the file itself stays."""
    path = site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n")
    site.git("init", "-q")
    site.git("add", ".env")
    site.keep_in_files()
    result = run("--fix", "--yes")
    assert "rotate each" in result.stderr
    assert path.read_text() == f"STRIPE_SECRET_KEY={site.secrets['stripe']}\n"
    assert (site.project / ".gitignore").read_text() == "/.env\n"
    site.git("check-ignore", "-q", ".env")


def test_another_winner_is_taken_back(site: Any, run: Any) -> None:
    """A key that hid the shell's own key stays, because a helper would not hide it."""
    site.write(".claude/settings.json", {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}})
    site.environ["ANTHROPIC_API_KEY"] = site.fill("@@anthropic-2@@")
    site.keep_in_files()
    before = site.snapshot()
    with pytest.raises(RefusedError, match="another credential would win"):
        run("--fix", "--yes")
    assert site.snapshot() == before


@pytest.mark.parametrize(
    "rival", [{"apiKeyHelper": "other"}, {"env": {"ANTHROPIC_AUTH_TOKEN": "@@random@@"}}]
)
def test_a_key_with_a_rival_is_left_alone(rival: dict[str, Any], site: Any, run: Any) -> None:
    """A helper takes no key's place where there is one already, or another key in between."""
    own = {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}}
    site.write(".claude/settings.json", {**rival, "env": {**own["env"], **rival.get("env", {})}})
    site.keep_in_files()
    before = site.snapshot()
    assert "None of it can be fixed" in run("--fix", "--yes").stderr
    assert site.snapshot() == before


class _FullDisk(RealHost):  # type: ignore[misc]  # a fault of the real host
    """A disk that is full when the second file of the project is written."""

    def write(self, path: Path, text: str) -> None:
        if path.name == "settings.json":
            raise RecordError("the file can't be written: No space left on device")
        super().write(path, text)


def test_a_failure_in_between_leaves_everything(site: Any, run: Any) -> None:
    """When one file can't be written, those before it are as they were."""
    site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    site.keep_in_files()
    before = site.snapshot()
    with pytest.raises(RecordError):
        run("--fix", "--yes", host=_FullDisk())
    assert site.snapshot() == before


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), ConfigError("not TOML")])
def test_a_stop_while_it_looks_again_leaves_everything(stop: BaseException, site: Any) -> None:
    """Whoever stops before it is known which credential wins has every file as it was."""
    site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    site.keep_in_files()
    before = site.snapshot()

    def stopped() -> Look:
        assert site.snapshot() != before
        raise stop

    with pytest.raises(type(stop)):
        fix(site.look(), site.audit(), stopped, RealHost(), yes=True)
    assert site.snapshot() == before


class _Stopped(RealHost):  # type: ignore[misc]  # a person at the real host
    """Somebody presses Ctrl-C while git forgets a file."""

    def run(self, command: Command) -> Any:
        if " rm " in command.line:
            raise KeyboardInterrupt
        return super().run(command)


def test_a_stop_that_comes_too_late_is_told_so(
    site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever stops when the files are changed is told that, and where they are as they were."""
    site.write("project/.gitignore", "*.pyc\n")
    site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n")
    site.git("init", "-q")
    site.git("add", ".env")
    site.keep_in_files()
    with pytest.raises(RefusedError, match="stopped after the files were changed"):
        fix(site.look(), site.audit(), site.look, _Stopped(), yes=True)
    assert "As it was: " in capsys.readouterr().err
    assert (site.project / ".gitignore").read_text() == "*.pyc\n/.env\n"


def test_a_byte_order_mark_is_kept(site: Any, run: Any) -> None:
    """A file that could not be kept byte for byte is not touched."""
    path = site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    site.keep_in_files()
    before = site.snapshot()
    with pytest.raises(RecordError, match="byte order mark"):
        run("--fix", "--yes")
    assert site.snapshot() == before


def test_what_is_excepted_stays(site: Any, run: Any) -> None:
    """An exception holds for `--fix`, too."""
    site.write("project/.env", "A_TOKEN=@@random@@ # keyhole: ignore[KH105] a toy\n")
    site.git("init", "-q")
    site.keep_in_files()
    before = site.snapshot()
    assert run("--fix", "--yes").exit_code == 0
    assert site.snapshot() == before


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_modes_are_tightened(site: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that everyone could read is for its owner alone afterwards."""
    # pytest's own folders let nobody pass, so that no file below them is reachable.
    monkeypatch.setattr("keyhole_audit.disk._lets_pass", lambda _: True)
    path = site.write(
        ".claude.json", {"mcpServers": {"a": {"env": {"A_TOKEN": "@@random@@"}}}}, 0o646
    )
    site.keep_in_files()
    run("--fix", "--yes", "--select", "KH4")
    assert path.stat().st_mode & 0o777 == 0o600


OWN = {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}}
HEADERS = {"a": {**SERVER, "headers": {"X-Api-Key": "@@random@@"}}}
VARIABLES = {"a": {"command": "a", "args": ["b"], "env": {"A_TOKEN": "@@random@@"}}}


@pytest.fixture
def off_path(site: Any, tmp_path: Path) -> str:
    """Takes keyhole from PATH, where git stays; gives how a shell calls it then."""
    folder = tmp_path / "only git"
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git") or "")
    site.environ["PATH"] = str(folder)
    return shlex.quote(str(Path(sys.executable).with_name("keyhole")))


def test_a_helper_is_called_by_its_path(site: Any, run: Any, off_path: str) -> None:
    """Where PATH does not lead to keyhole, the user's settings get a helper with its whole path."""
    path = site.write(".claude/settings.json", OWN)
    site.keep_in_files()
    result = run("--fix", "--yes")
    assert result.exit_code == 0, result.output
    helper = json.loads(path.read_text())["apiKeyHelper"]
    assert helper == f"{off_path} secret get anthropic-api-key"


def test_another_keyhole_on_the_path_is_not_meant(site: Any, run: Any, off_path: str) -> None:
    """A program of that name that is not this installation's is not named in settings."""
    stranger = Path(site.environ["PATH"]) / "keyhole"
    stranger.write_text("#!/bin/sh\n")
    stranger.chmod(0o700)
    path = site.write(".claude/settings.json", OWN)
    site.keep_in_files()
    run("--fix", "--yes")
    assert json.loads(path.read_text())["apiKeyHelper"].startswith(f"{off_path} ")


@pytest.mark.usefixtures("off_path")
@pytest.mark.parametrize("servers", [HEADERS, VARIABLES], ids=["headers", "variables"])
def test_a_shared_file_names_no_folder_of_this_machine(
    servers: dict[str, Any], site: Any, run: Any
) -> None:
    """Where PATH does not lead to keyhole, a file that others get stays, and the reason is said."""
    site.write("project/.mcp.json", {"mcpServers": servers})
    site.git("init", "-q")
    site.git("add", ".")
    site.keep_in_files()
    before = site.snapshot()
    said = run("--fix", "--yes").stderr
    assert ".mcp.json stays: it is shared" in said
    assert f"put {Path(sys.executable).parent} on PATH" in said
    assert "None of it can be fixed" in said
    assert site.snapshot() == before


def test_a_file_of_ones_own_may_name_a_folder(site: Any, run: Any, off_path: str) -> None:
    """A .mcp.json that git ignores calls keyhole by its path, and nothing is left to do."""
    site.write("project/.gitignore", ".mcp.json\n")
    path = site.write("project/.mcp.json", {"mcpServers": {**HEADERS, "v": VARIABLES["a"]}})
    site.git("init", "-q")
    site.keep_in_files()
    assert run("--fix", "--yes").exit_code == 0
    servers = json.loads(path.read_text())["mcpServers"]
    assert servers["a"]["headersHelper"].startswith(f"{off_path} secret header ")
    assert servers["v"]["command"] == str(Path(sys.executable).with_name("keyhole"))


@pytest.mark.usefixtures("off_path")
def test_what_stays_is_said_before_it_asks(
    site: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no keyhole can be called, that is said before the question, and the rest is offered."""
    monkeypatch.setattr("keyhole.installed._places", lambda _file: iter(()))
    site.write(".claude/settings.json", OWN)
    site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}})
    site.keep_in_files()
    said = run("--fix", input="n\n").stderr
    shown, _, _ = said.partition("Do this?")
    assert ".claude/settings.json stays: it calls keyhole, and PATH does not lead to" in shown
    assert "settings.local.json" in shown


def test_others_are_told_what_they_need(site: Any, run: Any) -> None:
    """After a change of a shared file it is said what whoever shares it has to run."""
    site.write("project/.mcp.json", {"mcpServers": {**HEADERS, "v": VARIABLES["a"]}})
    site.git("init", "-q")
    site.git("add", ".")
    site.keep_in_files()
    said = run("--fix", "--yes").stderr
    assert f"Who shares {site.project / '.mcp.json'} needs keyhole on PATH" in said
    assert "  keyhole secret set a-x-api-key --for https://mcp.example.com:443" in said
    assert "  keyhole secret set v-a-token\n" in said


def test_a_store_in_plain_text_is_named_before_it_asks(site: Any, run: Any) -> None:
    """Before the question it is said which store will keep the secrets, and that it protects none."""
    site.write(".claude/settings.json", OWN)
    site.keep_in_files()
    shown, _, _ = run("--fix", input="n\n").stderr.partition("Do this?")
    assert "the token store file (~/.local/share/keyhole" in shown
    assert "), which is not protected:\n  anthropic-api-key (ends in " in shown


def _state(site: Any) -> Any:
    """Everything that `--fix` may change, but the backups."""
    files = {name: (site.home / name).stat().st_mode for name in site.snapshot()}
    listed = [_git(site, *line.split()) for line in ("ls-files --stage", "status --porcelain")]
    return site.snapshot(), files, listed


def _git(site: Any, *words: str) -> str:
    environ = {"HOME": str(site.home), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["git", *words], cwd=site.project, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.real
@pytest.mark.skipif(os.name != "posix", reason="the commands are for sh")
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("committed", [True, False])
def test_it_can_be_taken_back(
    committed: bool,  # noqa: FBT001  # a column of the table
    at_once: bool,  # noqa: FBT001  # likewise
    site: Any,
    run: Any,
) -> None:
    """The commands that are printed, and the script of them, bring back every file, mode and entry of git's index, and the store forgets what it got."""
    site.write(".claude/settings.json", OWN, 0o640)
    site.write("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": "@@github@@"}}, 0o644)
    site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n", 0o644)
    site.write("project/.mcp.json", {"mcpServers": HEADERS}, 0o644)
    site.git("init", "-q")
    site.git("add", ".")
    if committed:
        site.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a")
    site.keep_in_files()
    before = _state(site)
    result = run("--fix", "--yes")
    assert result.exit_code == 0, result.output
    assert _state(site) != before
    _, _, said = result.stderr.partition("To take it back:\n")
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    script = said.partition("or all of it at once: ")[2].strip()
    environ = {"HOME": str(site.home), "PATH": site.machine().environment()["PATH"]}
    for line in [script] if at_once else lines:
        subprocess.run(["sh", "-c", line], env=environ, cwd="/", check=True, capture_output=True)
    assert _state(site) == before
    assert keep.names(site.look().view.tokens()) == {}


def test_a_secret_that_was_kept_before_stays_kept(site: Any, run: Any) -> None:
    """What the store had before is not forgotten by what takes a fix back."""
    site.write(".claude/settings.json", OWN)
    site.keep_in_files()
    key = Secret(site.secrets["anthropic"])
    keep.keep(site.look().view.tokens(), "anthropic-api-key", key, about="a")
    said = run("--fix", "--yes").stderr
    assert "To take it back:" in said
    assert "secret rm" not in said


def test_what_is_staged_is_to_be_committed(site: Any, run: Any) -> None:
    """Where git forgets a file, it is said that this is staged only."""
    path = site.write("project/.env", "STRIPE_SECRET_KEY=@@stripe@@\n")
    site.git("init", "-q")
    site.git("add", ".env")
    site.keep_in_files()
    said = run("--fix", "--yes").stderr
    assert f"Staged, and to be committed with .gitignore: that git forgets {path}" in said


@pytest.mark.real
def test_the_same_credentials_come_out(site: Any, run: Any) -> None:
    """The winner, the headers and the variables are the same after `--fix`, by real commands."""
    env = {"FAKE_TOKEN": "@@random-2@@", "B": "2"}
    site.write(".claude/settings.json", {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}})
    servers = {
        "a b": {**SERVER, "headers": {"Authorization": "Bearer @@random@@", "X-Shop": "1"}},
        "c": {
            "command": sys.executable,
            "args": ["-c", "import os; print(os.environ['FAKE_TOKEN'])"],
            "env": env,
        },
    }
    site.write("project/.mcp.json", {"mcpServers": servers})
    site.keep_in_files()
    site.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before = survey(site.machine()).resolution.active
    result = run("--fix", "--yes")
    assert result.exit_code == 0, result.output
    after = survey(site.machine()).resolution.active
    assert before is not None
    assert after is not None
    assert (before.source.name, after.source.name) == ("api-key", "api-key-helper")
    assert isinstance(after.finding, Found)
    used = after.finding.load(RealHost(), None).headers()
    assert used["x-api-key"] == site.secrets["anthropic"]
    said = json.loads((site.project / ".mcp.json").read_text())["mcpServers"]
    assert said["a b"]["headers"] == {"X-Shop": "1"}
    printed = _printed(site, said["a b"]["headersHelper"])
    assert json.loads(printed) == {"Authorization": f"Bearer {site.secrets['random']}"}
    assert said["c"]["env"] == {"B": "2"}
    assert _printed(site, [said["c"]["command"], *said["c"]["args"]]) == site.secrets["random-2"]


def _printed(site: Any, command: str | list[str]) -> str:
    done = subprocess.run(
        command,
        shell=isinstance(command, str),  # as Claude Code runs a headersHelper
        env={
            "HOME": str(site.home),
            "PATH": site.environ["PATH"],
            "CLAUDE_CODE_MCP_SERVER_URL": SERVER["url"],
        },
        cwd=site.project,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()
