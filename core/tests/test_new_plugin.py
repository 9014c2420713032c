"""`keyhole new-plugin`: what it writes, where, and what it refuses."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import __version__
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import ScaffoldError, UsageError
from keyhole.misfit import is_kebab
from keyhole.scaffold import PARTS, draft, named, write
from keyhole.scaffold.parts import ALWAYS
from keyhole.testing import FakeHost, fake_machine
from keyhole.testing.strategies import names

TEMPLATES = Path(__file__).parent.parent / "src" / "keyhole" / "scaffold" / "templates"

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """Runs one command line in an empty folder; gives the exit code and both outputs."""

    def call(*words: str) -> tuple[int, str, str]:
        world = World(lambda **_options: fake_machine(cwd=tmp_path), FakeHost())
        return run(["new-plugin", *words], world), *capsys.readouterr()

    return call


def _tree(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


# The command


def test_it_shows_what_it_wrote_and_what_is_next(type_: Type, tmp_path: Path) -> None:
    """Each file that is there afterwards is listed, and the first step leads into the folder."""
    code, out, err = type_("acme")
    assert (code, err) == (0, "")
    files, steps = _blocks(out)
    assert out.startswith("keyhole-acme is a plugin now:\n")
    assert files == _tree(tmp_path / "keyhole-acme")
    assert steps[0] == "cd keyhole-acme"
    assert steps[-1] == ".venv/bin/keyhole plugins"


def test_json_says_the_same(type_: Type, tmp_path: Path) -> None:
    """`--json` gives the folder, every file and the next steps."""
    code, out, err = type_("acme", "--store", "--json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert said["folder"] == str(tmp_path / "keyhole-acme")
    assert said["files"] == _tree(tmp_path / "keyhole-acme")
    assert ".venv/bin/pytest" in said["next"]


@pytest.mark.parametrize(
    ("options", "modules"),
    [
        ([], {"source"}),
        (["--source"], {"source"}),
        (["--store"], {"store"}),
        (["--command"], {"cli"}),
        (["--source", "--store", "--command"], {"source", "store", "cli"}),
    ],
)
def test_it_writes_what_was_asked_for(
    type_: Type, tmp_path: Path, options: list[str], modules: set[str]
) -> None:
    """Each part has its module and its test, and no other part has; a source is the default."""
    assert type_("acme", *options)[0] == 0
    files = _tree(tmp_path / "keyhole-acme")
    package, tests = "src/keyhole_acme/", "tests/test_"
    found = {Path(file).stem for file in files if file.startswith(package)} - {"__init__"}
    assert found - {"py"} == modules
    assert {file.removeprefix(tests) for file in files if file.startswith(tests)} == {
        f"{name}.py" for name in modules | {"plugin"}
    }


def test_it_writes_where_it_is_told_to(type_: Type, tmp_path: Path) -> None:
    """`--into` names the folder in which the plugin's own is made."""
    (tmp_path / "work").mkdir()
    code, out, _ = type_("acme", "--into", str(tmp_path / "work"))
    assert code == 0
    assert f"  cd {tmp_path / 'work' / 'keyhole-acme'}\n" in out
    assert (tmp_path / "work" / "keyhole-acme" / "pyproject.toml").is_file()


def test_it_never_overwrites(type_: Type, tmp_path: Path) -> None:
    """What is there already is left as it is, be it a folder, a file or a dangling link."""
    (tmp_path / "keyhole-folder").mkdir()
    (tmp_path / "keyhole-file").write_text("mine")
    (tmp_path / "keyhole-link").symlink_to("nowhere")
    for name in ("folder", "file", "link"):
        code, out, err = type_(name)
        assert (code, out) == (1, "")
        assert f"{tmp_path / f'keyhole-{name}'}: something is there already" in err
    assert list((tmp_path / "keyhole-folder").iterdir()) == []
    assert (tmp_path / "keyhole-file").read_text() == "mine"
    assert (tmp_path / "keyhole-link").readlink() == Path("nowhere")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (("api-key",), "a source named api-key already (keyhole-environment)"),
        (("status", "--command"), "a command named status already (keyhole-core)"),
        (("file", "--store"), "a store named file already (keyhole-core)"),
        (("core", "--command"), "a distribution named keyhole-core already (keyhole itself)"),
        (("vertex", "--store"), "a distribution named keyhole-vertex already (keyhole's own)"),
    ],
)
def test_a_name_that_is_taken_is_refused(
    type_: Type, tmp_path: Path, words: tuple[str, ...], taken: str
) -> None:
    """Two things with one name break each other, so that nothing is written for the second."""
    code, out, err = type_(*words)
    assert (code, out) == (2, "")
    assert f"there is {taken}" in err
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_taken_only_for_its_kind(type_: Type) -> None:
    """A store may be called as some source is: they never meet."""
    assert type_("api-key", "--store")[0] == 0


# Names


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("Acme", "acme"),
        ("acme_vault", "acme-vault"),
        ("keyhole-acme", "acme"),
        (" Acme's vault ", "acme-s-vault"),
        ("../acme", "acme"),
        ("9lives", ""),
        ("", ""),
        ("a" * 31, ""),
    ],
)
def test_a_wrong_name_is_refused_with_a_better_one(name: str, better: str) -> None:
    """What is no name for a plugin is refused, with the nearest one where there is one."""
    with pytest.raises(UsageError) as caught:
        named(name)
    assert (f"(did you mean {better}?)" in str(caught.value)) == bool(better)
    assert "did you mean ?" not in str(caught.value)


@given(names)
def test_each_place_has_its_own_spelling(name: str) -> None:
    """The distribution is in kebab-case, the module and the classes are Python names."""
    spelt = named(name)
    assert is_kebab(spelt.distribution)
    assert spelt.module.isidentifier()
    assert spelt.prefix.isidentifier()
    assert spelt.prefix[0].isupper()
    assert "_" not in spelt.prefix


@pytest.mark.parametrize("name", ["test", "tests", "testing-vault"])
def test_pytest_takes_no_class_of_it_for_a_test(name: str) -> None:
    """The classes of a plugin whose name begins with "test" are no tests."""
    assert not named(name).prefix.startswith("Test")


# What is written


@given(names, st.sets(st.sampled_from([part.name for part in PARTS]), min_size=1))
def test_every_plugin_is_whole(name: str, parts: set[str]) -> None:
    """Whatever its name and parts: its Python compiles, its TOML parses, and nothing is left open."""
    chosen = [part for part in PARTS if part.name in parts]
    files = draft(named(name), chosen)
    for path, text in files.items():
        assert "$name" not in text + path
        assert "${prefix}" not in text
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))
        if path.endswith(".py"):
            compile(text, path, "exec")
    table = tomllib.loads(files["pyproject.toml"])["project"]
    assert table["name"] == f"keyhole-{name}"
    assert table["entry-points"]["keyhole"] == {name: named(name).module}
    assert all(part.hook in files[f"src/{named(name).module}/__init__.py"] for part in chosen)


def test_it_asks_for_this_keyhole() -> None:
    """The plugin depends on the version whose contracts it was written for."""
    table = tomllib.loads(draft(named("acme"), PARTS)["pyproject.toml"])["project"]
    wanted = f"keyhole-core ~= {__version__.rpartition('.')[0]}.0"
    assert wanted in table["dependencies"]


def test_no_template_is_forgotten() -> None:
    """Every template is used by something, and everything that is used is there."""
    used = {*ALWAYS.values(), *chain(*(part.files.values() for part in PARTS))}
    used |= {part.body for part in PARTS} | {part.section for part in PARTS}
    assert {path.name for path in TEMPLATES.iterdir()} == {f"{name}.in" for name in used}


# Writing


class _Interrupted(dict[str, str]):
    """Files of which the second never comes."""

    def items(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]
        yield "first", "written"
        raise KeyboardInterrupt


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """Stopped in the middle, neither the plugin's folder nor any other is there."""
    with pytest.raises(KeyboardInterrupt):
        write(_Interrupted(), tmp_path / "keyhole-acme")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "files", [{"a": "", "a/b": ""}, {"a": "", "b" * 300: ""}], ids=["a clash", "a name too long"]
)
def test_a_failed_write_leaves_nothing(tmp_path: Path, files: Mapping[str, str]) -> None:
    """What the system refuses is an error that names the folder, and nothing is left."""
    with pytest.raises(ScaffoldError, match="the plugin can't be written: ") as caught:
        write(files, tmp_path / "keyhole-acme")
    assert caught.value.where == str(tmp_path / "keyhole-acme")
    assert list(tmp_path.iterdir()) == []


def _blocks(page: str) -> tuple[list[str], list[str]]:
    """The files and the steps of a page."""
    files, steps = page.split("\n\n")[:2]
    return [line.strip() for line in files.splitlines()[1:]], [
        line.strip() for line in steps.splitlines()[1:]
    ]
