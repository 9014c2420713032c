"""Claude Code's settings files: their order, and what makes one of them invalid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from keyhole.files import MemoryFiles, RealFiles
from keyhole.settings import Layer, Scope, git_root, inline, layers
from keyhole.testing.strategies import json_values

MANAGED = Path("/etc/claude-code")
USER = Path("/home/ada/.claude")
CWD = Path("/home/ada/project/sub")


def _layers(
    contents: dict[Path, str], flag: str | None = None, cwd: Path = CWD
) -> tuple[Layer, ...]:
    return layers(
        MemoryFiles(contents),
        managed=MANAGED,
        flag=None if flag is None else inline(flag),
        user=USER,
        cwd=cwd,
    )


def _one(content: Any) -> Layer:
    (layer,) = _layers({USER / "settings.json": json.dumps(content)})
    return layer


def test_the_layers_come_strongest_first() -> None:
    """Drop-ins, the last name first, then managed, `--settings`, local, project, user."""
    paths = [
        MANAGED / "managed-settings.d" / "20-b.json",
        MANAGED / "managed-settings.d" / "10-a.json",
        MANAGED / "managed-settings.json",
        CWD / ".claude" / "settings.local.json",
        CWD / ".claude" / "settings.json",
        USER / "settings.json",
    ]
    found = _layers(dict.fromkeys(reversed(paths), "{}"), flag="{}")
    places = [str(path) for path in paths]
    assert [layer.document.place for layer in found] == [*places[:3], "--settings", *places[3:]]
    assert [layer.scope for layer in found] == [
        *[Scope.MANAGED] * 3,
        Scope.FLAG,
        Scope.LOCAL,
        Scope.PROJECT,
        Scope.USER,
    ]


@pytest.mark.parametrize("name", [".hidden.json", "README.md", "a.json.bak"])
def test_only_visible_json_files_are_drop_ins(name: str) -> None:
    """Hidden files and other endings are left alone."""
    assert _layers({MANAGED / "managed-settings.d" / name: "{}"}) == ()


def test_what_is_missing_is_no_layer() -> None:
    """A machine without settings has no layer."""
    assert _layers({}) == ()


def test_the_local_file_is_that_of_the_git_root() -> None:
    """In a checkout, the local file at the root counts and the one in the start folder does not."""
    root = CWD.parent
    found = _layers(
        {
            root / ".git" / "HEAD": "",
            root / ".claude" / "settings.local.json": "{}",
            CWD / ".claude" / "settings.local.json": "{}",
        }
    )
    assert [layer.document.place for layer in found] == [
        str(root / ".claude" / "settings.local.json")
    ]


def test_the_git_root_is_the_nearest() -> None:
    """A checkout in a checkout is its own root; `.git` may be a file, as in a worktree."""
    files = MemoryFiles({Path("/a/.git/HEAD"): "", Path("/a/b/.git"): "gitdir: x"})
    assert git_root(files, Path("/a/b/c")) == Path("/a/b")
    assert git_root(files, Path("/a/x")) == Path("/a")
    assert git_root(files, Path("/x")) is None


def test_the_home_folder_has_no_project_settings() -> None:
    """Started in the home folder, the user's own file is not taken for a project's."""
    (layer,) = _layers({USER / "settings.json": "{}"}, cwd=USER.parent)
    assert layer.scope is Scope.USER


def test_only_a_folders_layers_need_its_trust() -> None:
    """Local and project settings can come with a clone; the others can't."""
    assert [scope for scope in Scope if scope.of_a_folder] == [Scope.LOCAL, Scope.PROJECT]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"env": "x"}, "env must be an object of variables"),
        ({"env": None}, "env must be an object of variables"),
        ({"env": {"A": None}}, "env.A must be a string"),
        ({"env": {"A": ["b"]}}, "env.A must be a string"),
        ({"env": {"A": "b", "B": {}}}, "env.B must be a string"),
        ({"apiKeyHelper": 3}, "apiKeyHelper must be a string (a command)"),
        ({"awsAuthRefresh": None}, "awsAuthRefresh must be a string (a command)"),
    ],
)
def test_one_wrong_value_drops_the_file(content: dict[str, Any], problem: str) -> None:
    """A value of the wrong type makes the file count for nothing, and the line is said."""
    layer = _one({"apiKeyHelper": "fake"} | content)
    assert layer.problem == f"has a wrong value on line 1: {problem}"
    assert layer.data == {}
    assert layer.variable("A") is None


def test_a_broken_file_is_dropped_and_said() -> None:
    """A file that is no JSON keeps its place among the layers and counts for nothing."""
    (layer,) = _layers({USER / "settings.json": '{"env": {"A": "b"}'})
    assert layer.problem.startswith("is not valid JSON")
    assert layer.data == {}


@given(json_values)
def test_any_json_is_settings_or_a_problem(content: Any) -> None:
    """No content makes a layer raise."""
    layer = _one({"env": content, "apiKeyHelper": content})
    assert layer.problem or layer.variable("A") is None


@pytest.mark.parametrize("name", ["\x1b[2J", "A\nB", "\ud800", "\u202egnirts"])
def test_a_problem_can_be_shown_on_a_terminal(name: str) -> None:
    """What a clone puts into a key's name can't control the terminal that shows the problem."""
    assert _one({"env": {name: None}}).problem.isprintable()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("b", "b"),
        ("", ""),
        (1, "1"),
        (-0.5, "-0.5"),
        (1.0, "1"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_a_variable_is_text_as_javascript_writes_it(value: Any, text: str) -> None:
    """Numbers and truth values in the `env` block become the text that Claude Code gives them."""
    variable = _one({"env": {"A": value}}).variable("A")
    assert variable is not None
    assert variable.reveal() == text


def test_a_setting_has_its_line() -> None:
    """The place of a setting is the file, the line and the key."""
    (layer,) = _layers({USER / "settings.json": '{\n "env": {\n  "A": "b"\n }\n}'})
    assert str(layer.where("env", "A")) == f"{USER}/settings.json:3 (env.A)"


def test_what_everyone_can_write_is_distrusted(tmp_path: Path) -> None:
    """A world-writable file is not trusted, and the remedy is the command that mends it."""
    path = tmp_path / "settings.json"
    path.write_text("{}")
    path.chmod(0o666)
    (layer,) = layers(
        RealFiles(), managed=tmp_path / "m", flag=None, user=tmp_path, cwd=tmp_path / "c"
    )
    assert layer.distrust is not None
    assert layer.distrust.remedy == f"chmod o-w {path}"
