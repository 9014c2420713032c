"""The example of somebody else's plugin, installed and tested as that somebody would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from components.environments import Environment, Install, needs_environments, run
from components.wheels import ROOT, build

pytestmark = [pytest.mark.real, pytest.mark.timeout(900), needs_environments]

EXAMPLE = ROOT / "docs" / "examples" / "keyhole-onepassword"
KEY = "sk-ant-api03-fake-key-of-1password"
OP = f"#!/bin/sh\n[ \"$*\" = 'read --no-newline op://Work/Claude/key' ] && printf %s '{KEY}'\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder alone, far from this repository."""
    folder = tmp_path_factory.mktemp("outside") / EXAMPLE.name
    clutter = shutil.ignore_patterns(".*_cache", "__pycache__", ".hypothesis", ".venv", "dist")
    shutil.copytree(EXAMPLE, folder, ignore=clutter)
    return folder


@pytest.fixture(scope="module")
def installed(
    checkout: Path, install: Install, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment with keyhole and the example, both from wheels."""
    wheels = tmp_path_factory.mktemp("example")
    build("wheel", checkout, wheels)
    return install("keyhole", "keyhole-core[testing]", *wheels.iterdir())


def test_it_stands_alone() -> None:
    """It is no member of the workspace, and its own files name nothing outside of it."""
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]
    assert "keyhole-onepassword" not in workspace["sources"]
    members = [
        folder for member in workspace["workspace"]["members"] for folder in ROOT.glob(member)
    ]
    assert not [member for member in members if EXAMPLE.is_relative_to(member)]
    assert ".." not in (EXAMPLE / "pyproject.toml").read_text()


def test_its_own_checks_pass(checkout: Path, installed: Environment, tmp_path: Path) -> None:
    """With what is installed from wheels, its tests pass, and ruff and mypy find nothing."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "CI": "true"}
    python, mine = installed.bin / "python", Path(sys.executable)
    _passes(run(python, "-m", "pytest", "-q", cwd=checkout, **environ))
    _passes(run(mine, "-m", "ruff", "check", cwd=checkout, **environ))
    _passes(run(mine, "-m", "ruff", "format", "--check", cwd=checkout, **environ))
    typed = (mine, "-m", "mypy", "--strict", "--python-executable", python)
    _passes(run(*typed, cwd=checkout, **environ))


def test_it_takes_its_place_between_two_built_in_ones(installed: Environment) -> None:
    """`keyhole plugins` lists it as loaded, between the API key and the helper."""
    listed = json.loads(installed.keyhole("plugins", "--json").stdout)
    assert listed["problems"] == []
    states = {plugin["distribution"]: plugin["state"] for plugin in listed["plugins"]}
    assert states["keyhole-onepassword"] == "loaded"
    order = [source["source"] for source in listed["sources"]]
    place = order.index("onepassword")
    assert order[place - 1 : place + 2] == ["api-key", "onepassword", "api-key-helper"]


def test_it_wins_and_gives_its_key(installed: Environment, tmp_path: Path) -> None:
    """It wins over a helper, runs `op` only for the key itself, and loses against a variable."""
    program, config = tmp_path / "bin" / "op", tmp_path / "config.toml"
    program.parent.mkdir()
    program.write_text(OP)
    program.chmod(0o755)
    config.write_text('[onepassword]\nreference = "op://Work/Claude/key"\n')
    helper = json.dumps({"apiKeyHelper": "echo fake-other-key"})
    environ = {"KEYHOLE_CONFIG": str(config)}
    said = installed.keyhole("status", "--settings", helper, **environ)
    assert said.stdout.startswith("● onepassword is used\n")
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    told = installed.keyhole("token", "--settings", helper, PATH=path, **environ)
    assert (told.returncode, told.stdout.strip()) == (0, KEY)
    said = installed.keyhole("status", ANTHROPIC_API_KEY="fake-key", **environ)
    assert said.stdout.startswith("● api-key is used\n")


def _passes(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
