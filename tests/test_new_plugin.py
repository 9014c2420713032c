"""A new plugin passes its own tests, ruff and mypy at once, and installs as anybody's would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from zipfile import ZipFile

import pytest

from components.environments import needs_environments, run
from components.wheels import build
from keyhole.scaffold import PARTS, Part, draft, named, write

# mypy learns all of keyhole, pytest and Hypothesis: on a busy machine that takes minutes.
pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

COMBINATIONS = [parts for size in range(1, len(PARTS) + 1) for parts in combinations(PARTS, size)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of keyhole; learnt once."""
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize("parts", COMBINATIONS, ids=lambda parts: "+".join(p.name for p in parts))
def test_a_new_plugin_is_right_at_once(
    tmp_path: Path, cache: Path, parts: tuple[Part, ...]
) -> None:
    """Whatever it brings: ruff and mypy --strict find nothing in it, and its own tests pass."""
    name = "-".join(["acme", *(part.name for part in parts)])
    folder = tmp_path / f"keyhole-{name}"
    write(draft(named(name), parts), folder)
    installed = _installed(folder, tmp_path)
    python = (sys.executable, "-m")
    _check(folder, *python, "ruff", "check")
    _check(folder, *python, "ruff", "format", "--check")
    _check(folder, *python, "mypy", "--strict", f"--cache-dir={cache}")
    _check(folder, *python, "pytest", "-q", PYTHONPATH=str(installed))


@pytest.mark.parametrize("name", ["a", "a-b-c-d", "zeta9", "abcdefghij-klmnopqrst-uvwxyzab"])
def test_no_name_breaks_the_layout(tmp_path: Path, name: str) -> None:
    """Whatever it brings, the shortest and the longest name leave lines that ruff likes."""
    for parts in COMBINATIONS:
        write(draft(named(name), parts), tmp_path / "+".join(part.name for part in parts))
    _check(tmp_path, sys.executable, "-m", "ruff", "check")
    _check(tmp_path, sys.executable, "-m", "ruff", "format", "--check")


@needs_environments
def test_from_an_empty_folder_to_its_place_in_the_order(tmp_path: Path, wheelhouse: Path) -> None:
    """With nothing but wheels: keyhole is installed, a plugin is made, and each next step works."""
    environ = {
        "HOME": str(tmp_path),
        "CI": "true",  # Hypothesis then bears with a slow machine
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheelhouse),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }

    def step(command: str, folder: Path) -> str:
        done = run("sh", "-c", command, cwd=folder, **environ)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    step("python -m venv keyhole && keyhole/bin/pip install keyhole", tmp_path)
    told = json.loads(step("keyhole/bin/keyhole new-plugin acme --json", tmp_path))
    said = [step(command, Path(told["folder"])) for command in told["next"]]
    rows = [line.split() for line in said[-1].splitlines()]
    order = [row[1] for row in rows if len(row) > 1 and row[0].isdigit()]
    place = order.index("acme")
    assert order[place - 1 : place + 2] == ["api-key", "acme", "api-key-helper"]
    assert "Problems" not in said[-1]


def _installed(folder: Path, into: Path) -> Path:
    """Where a plugin lies as pip would lay it: its wheel, unpacked."""
    build("wheel", folder, into / "wheel")
    (wheel,) = (into / "wheel").iterdir()
    with ZipFile(wheel) as archive:
        archive.extractall(into / "installed")
    return into / "installed"


def _check(folder: Path, *command: str | Path, **environ: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "CI": "true", **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
