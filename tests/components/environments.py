"""Empty environments into which pip installs this repository's wheels, and nothing from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import attrs
import pytest
from filelock import FileLock

from components.wheels import fill

__all__ = ["Environment", "Install", "install", "needs_environments", "pip", "run", "wheelhouse"]

needs_environments = pytest.mark.skipif(
    not find_spec("ensurepip"), reason="this Python can't make environments"
)


@attrs.frozen
class Environment:
    """A virtual environment, and `keyhole` in it, without a network where the kernel allows."""

    folder: Path

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def keyhole(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs `keyhole` as it was installed, with these variables and no others."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return run(self.bin / "keyhole", *arguments, cwd=home, HOME=str(home), **environ)


Install = Callable[..., Environment]


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels: this repository's, and what they and the author of a plugin need."""
    folder = tmp_path_factory.getbasetemp()
    # The workers of one run share it: whoever comes first fills it.
    house = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "wheelhouse"
    with FileLock(house.with_suffix(".lock")):
        if not house.exists():
            unfinished = tmp_path_factory.mktemp("unfinished")
            fill(unfinished)
            unfinished.rename(house)
    return house


@pytest.fixture(scope="session")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds pip."""
    folder = tmp_path_factory.mktemp("pip") / "venv"
    _make(sys.executable, "-m", "venv", folder)
    return Environment(folder).bin / "python"


@pytest.fixture(scope="session")
def install(wheelhouse: Path, pip: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Makes an environment with just these distributions: `install("keyhole-core")`."""

    def call(*names: str | Path) -> Environment:
        folder = tmp_path_factory.mktemp("installed") / "venv"
        _make(sys.executable, "-m", "venv", "--without-pip", folder)
        environment = Environment(folder)
        options = ("--quiet", "--disable-pip-version-check", "--isolated")
        _make(
            *_unplugged(),
            *(pip, "-m", "pip", "--python", environment.bin / "python", *options),
            *("install", "--no-index", "--find-links", wheelhouse, *names),
        )
        return environment

    return call


# Running


@cache
def _unplugged() -> tuple[str, ...]:
    """What runs a command in a name space without network interfaces, where that is possible."""
    for before in (("unshare", "-n"), ("unshare", "-rn")):
        try:
            if subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0:
                return before
        except FileNotFoundError:
            break
    return ()


def run(*command: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a program without a network, with these variables and no others."""
    return subprocess.run(
        [*_unplugged(), *command],
        env={"COLUMNS": "100", **environ},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _make(*command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
