"""Built wheels, installed by pip alone, work in an empty environment without any network."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from components.environments import Environment, Install, needs_environments
from components.wheels import PROJECTS, ROOT, build, table
from keyhole import __version__

pytestmark = [pytest.mark.real, needs_environments]


@pytest.fixture(scope="module")
def ordinary(install: Install) -> Environment:
    """The core and the environment plugin."""
    return install("keyhole-core", "keyhole-environment")


@pytest.fixture(scope="module")
def bare_core(install: Install) -> Environment:
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
    build("sdist", ROOT / "plugins" / "environment", tmp_path / "sdist")
    (archive,) = (tmp_path / "sdist").iterdir()
    assert archive.name == f"keyhole_environment-{__version__}.tar.gz"
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    build("wheel", source, tmp_path / "wheel")
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


def test_the_metapackage_brings_the_everyday_sources(install: Install) -> None:
    """`pip install keyhole` gives the command and the plugins that it depends on, all loaded."""
    environment = install("keyhole")
    listed = _json(environment.keyhole("plugins", "--json"))
    assert {plugin["state"] for plugin in listed["plugins"]} == {"loaded"}
    wanted = {Requirement(text).name for text in table(ROOT)["dependencies"]} - {"keyhole-core"}
    assert {plugin["distribution"] for plugin in listed["plugins"]} == wanted
    assert environment.keyhole("status", ANTHROPIC_API_KEY="fake").returncode == 0


def _wheel_name(project: Path) -> str:
    return f"{table(project)['name'].replace('-', '_')}-{__version__}-py3-none-any.whl"


def _stem(wheel: Path) -> str:
    return "-".join(wheel.name.split("-")[:2])


def _is_root(wheel: Path) -> bool:
    return wheel.name.startswith("keyhole-")


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stderr == ""
    return json.loads(done.stdout)
