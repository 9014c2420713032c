"""Built wheels, installed by pip alone, work in an empty environment without any network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from keyhole import __version__

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not find_spec("ensurepip"), reason="this Python can't make environments"),
]

Environ = Callable[..., dict[str, str]]

ROOT = Path(__file__).parent.parent
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("*/pyproject.toml"))]
PROJECTS += sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


class Environment:
    """A virtual environment, and a shell in it that has no network where the kernel allows."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")

    def keyhole(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs `keyhole` as it was installed, with these variables and no others."""
        home = self.bin.parent / "home"
        home.mkdir(exist_ok=True)
        return subprocess.run(
            [*_unplugged(), self.bin / "keyhole", *arguments],
            env={"HOME": str(home), "COLUMNS": "100", **environ},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of this repository and of what they depend on."""
    house = tmp_path_factory.mktemp("wheelhouse")
    for project in PROJECTS:
        _build("wheel", project, house)
    for dependency in _dependencies():
        _repack(dependency, house)
    return house


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds pip."""
    folder = tmp_path_factory.mktemp("pip") / "venv"
    _run(sys.executable, "-m", "venv", folder)
    return Environment(folder).bin / "python"


@pytest.fixture(scope="module")
def install(
    wheelhouse: Path, pip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Environment]:
    """Makes an environment with just these distributions: `install("keyhole-core")`."""

    def call(*names: str) -> Environment:
        folder = tmp_path_factory.mktemp("installed") / "venv"
        _run(sys.executable, "-m", "venv", "--without-pip", folder)
        environment = Environment(folder)
        options = ("--quiet", "--disable-pip-version-check", "--isolated")
        _run(
            *_unplugged(),
            *(pip, "-m", "pip", "--python", environment.bin / "python", *options),
            *("install", "--no-index", "--find-links", wheelhouse, *names),
        )
        return environment

    return call


@pytest.fixture(scope="module")
def ordinary(install: Callable[..., Environment]) -> Environment:
    """The core and the environment plugin."""
    return install("keyhole-core", "keyhole-environment")


@pytest.fixture(scope="module")
def bare_core(install: Callable[..., Environment]) -> Environment:
    """The core, without any plugin."""
    return install("keyhole-core")


def test_every_wheel_has_the_one_version(wheelhouse: Path) -> None:
    """All distributions of the repository carry the version that the core states."""
    names = {wheel.name for wheel in wheelhouse.glob("keyhole*.whl")}
    assert {_wheel_name(project) for project in PROJECTS} == names


def test_a_wheel_holds_its_package_and_nothing_else(wheelhouse: Path) -> None:
    """A wheel has its own module with its types, no tests, and says what the licence is."""
    for wheel in wheelhouse.glob("keyhole*.whl"):
        with ZipFile(wheel) as archive:
            tops = {name.split("/")[0] for name in archive.namelist()}
            metadata = archive.read(f"{_stem(wheel)}.dist-info/METADATA").decode()
        module = "keyhole" if wheel.name.startswith("keyhole_core-") else wheel.name.split("-")[0]
        expected = {f"{_stem(wheel)}.dist-info", module}
        assert tops == expected - ({"keyhole"} if _is_root(wheel) else set())
        assert "License-Expression: MIT" in metadata


def test_the_version_survives_a_source_distribution(tmp_path: Path) -> None:
    """A wheel from a plugin's unpacked sdist, far from the core's folder, has the same version."""
    _build("sdist", ROOT / "plugins" / "environment", tmp_path / "sdist")
    (archive,) = (tmp_path / "sdist").iterdir()
    assert archive.name == f"keyhole_environment-{__version__}.tar.gz"
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    _build("wheel", source, tmp_path / "wheel")
    (wheel,) = (tmp_path / "wheel").iterdir()
    assert wheel.name == f"keyhole_environment-{__version__}-py3-none-any.whl"
    with ZipFile(wheel) as built:
        assert "keyhole_environment/__init__.py" in built.namelist()


def test_status_works_as_installed(ordinary: Environment) -> None:
    """From wheels, with pip alone and without a network, `keyhole status` finds the API key."""
    done = ordinary.keyhole("status", ANTHROPIC_API_KEY="sk-ant-api03-fake")
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith("● api-key is used\n")
    assert ordinary.keyhole("status").returncode == 3
    listed = _json(ordinary.keyhole("plugins", "--json"))
    assert [(it["distribution"], it["version"]) for it in listed["plugins"]] == [
        ("keyhole-environment", __version__)
    ]


def test_a_missing_plugin_is_named_and_nothing_takes_its_place(ordinary: Environment) -> None:
    """With Bedrock switched on and no plugin for it, the API key is not used, and the code is 4."""
    done = ordinary.keyhole(
        "status", CLAUDE_CODE_USE_BEDROCK="1", ANTHROPIC_API_KEY="sk-ant-api03-fake"
    )
    assert done.returncode == 4
    assert done.stderr == ""
    winner = done.stdout.split("\n\n")[0]
    assert winner.startswith("✗ bedrock can't be used\n")
    assert "pip install keyhole-bedrock" in winner
    assert "api-key" not in winner


@pytest.mark.parametrize(
    ("variable", "source"),
    [
        ("ANTHROPIC_API_KEY", "api-key"),
        ("ANTHROPIC_AUTH_TOKEN", "auth-token"),
        ("CLAUDE_CODE_OAUTH_TOKEN", "oauth-token"),
    ],
)
def test_the_core_works_alone(bare_core: Environment, variable: str, source: str) -> None:
    """Without any plugin the core says which one to install for what it sees."""
    done = bare_core.keyhole("status", "--json", **{variable: "fake"})
    assert done.returncode == 4
    active = _json(done)["active"]
    assert active["source"] == source
    assert active["usable"] is False
    assert active["problem"] == "keyhole-environment is not installed"
    assert active["remedy"] == "pip install keyhole-environment"


def test_the_core_alone_has_all_its_commands(bare_core: Environment) -> None:
    """Without any plugin there is nothing to find, and every command of the core still works."""
    assert bare_core.keyhole("status").returncode == 3
    assert bare_core.keyhole("--help").returncode == 0
    assert _json(bare_core.keyhole("plugins", "--json"))["plugins"] == []
    assert bare_core.keyhole("trust").returncode == 0
    assert bare_core.keyhole("approve").returncode == 2
    assert f"version {__version__}" in bare_core.keyhole("--version").stdout


def test_the_metapackage_brings_the_everyday_sources(install: Callable[..., Environment]) -> None:
    """`pip install keyhole` gives the command and the plugins that it depends on, all loaded."""
    environment = install("keyhole")
    listed = _json(environment.keyhole("plugins", "--json"))
    assert {plugin["state"] for plugin in listed["plugins"]} == {"loaded"}
    wanted = {Requirement(text).name for text in _table(ROOT)["dependencies"]} - {"keyhole-core"}
    assert {plugin["distribution"] for plugin in listed["plugins"]} == wanted
    assert environment.keyhole("status", ANTHROPIC_API_KEY="fake").returncode == 0


# Building


def _build(what: str, project: Path, into: Path) -> None:
    _run(sys.executable, "-m", "hatchling", "build", "-t", what, "-d", into, cwd=project)


def _dependencies() -> Iterator[Distribution]:
    """What the distributions of this repository need, as it is installed here."""
    waiting = [Requirement(text) for project in PROJECTS for text in _requirements(project)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        this = (wanted.name, frozenset(wanted.extras))
        if wanted.name.startswith("keyhole") or this in seen:
            continue
        seen.add(this)
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # it is for another platform
        yield found
        waiting += filter(_applies(wanted), map(Requirement, found.requires or ()))


def _requirements(project: Path) -> list[str]:
    """What a project depends on, with all its extras: a plugin may ask for any of them."""
    table = _table(project)
    return [*table["dependencies"], *chain(*table["optional-dependencies"].values())]


def _applies(wanted: Requirement) -> Callable[[Requirement], bool]:
    """Says if a dependency of a distribution is one here, with the extras that are wanted of it."""
    extras = wanted.extras or {""}
    return lambda inner: (
        inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras)
    )


def _repack(found: Distribution, house: Path) -> None:
    """A wheel of a distribution that is installed: its files, without what installing added."""
    files = [
        file
        for file in found.files or ()
        if ".." not in file.parts
        and file.suffix != ".pyc"
        and file.name not in ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
    ]
    tags = re.findall(r"^Tag: (\S+)", found.read_text("WHEEL") or "", re.MULTILINE)
    parts = zip(*(tag.split("-") for tag in tags), strict=True)
    tag = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    stem = next(file.parts[0] for file in files if file.name == "METADATA")
    with ZipFile(house / f"{stem.removesuffix('.dist-info')}-{tag}.whl", "w") as wheel:
        for file in files:
            wheel.write(str(found.locate_file(file)), file.as_posix())


def _table(project: Path) -> Mapping[str, Any]:
    table: Mapping[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    return {"dependencies": [], "optional-dependencies": {}, **table}


def _wheel_name(project: Path) -> str:
    return f"{_table(project)['name'].replace('-', '_')}-{__version__}-py3-none-any.whl"


def _stem(wheel: Path) -> str:
    return "-".join(wheel.name.split("-")[:2])


def _is_root(wheel: Path) -> bool:
    return wheel.name.startswith("keyhole-")


# Running


def _unplugged() -> tuple[str, ...]:
    """What runs a command in a name space without network interfaces, where that is possible."""
    for before in (("unshare", "-n"), ("unshare", "-rn")):
        try:
            if subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0:
                return before
        except FileNotFoundError:
            break
    return ()


def _run(*command: object, cwd: Path | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stderr == ""
    return json.loads(done.stdout)
