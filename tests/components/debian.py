"""Programs from Debian that tests need: installed where CI runs, else asked for.

python debian.py      installs what is known to be needed
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

__all__ = ["debian"]

_STATE = Path(__file__).parents[2] / ".dev" / "debian"
_SECONDS = 600
_KNOWN = {
    "chromium": "chromium",
    "dbus-daemon": "dbus-daemon",
    "glewlwyd": "glewlwyd",
    "gnome-keyring-daemon": "gnome-keyring",
    "ip": "iproute2",
    "redis-server": "redis-server",
    "tmux": "tmux",
}
"""Programs, and the packages that bring them."""


def debian(program: str, package: str) -> Path:
    """The path of a program.

    Where `CI` is set a missing one is installed, and the test fails if that can't be done;
    elsewhere the test is skipped, and says which package is missing.

    Args:
        program: Its name.
        package: The name of the package that brings it.
    """
    found = shutil.which(program)
    if found is None and os.environ.get("CI"):
        _install(package)
        found = shutil.which(program)
        assert found, f"the package {package} brought no program {program}"
    if found is None:
        pytest.skip(f"{program} is not here: install Debian's package {package}")
    return Path(found)


def main() -> None:
    """Installs what is missing of what the tests are known to need, in one go.

    What a test needs beyond that it installs itself; but that counts as the time of the test.
    """
    missing = [package for program, package in _KNOWN.items() if not shutil.which(program)]
    if missing:
        _install(*missing)


def _install(*packages: str) -> None:
    _STATE.mkdir(parents=True, exist_ok=True)
    with FileLock(_STATE / "apt.lock"):
        # The list of packages may be missing, or older than the packages are kept.
        if _apt("install", "-y", "--no-install-recommends", *packages):
            assert not (said := _apt("update")), said
            said = _apt("install", "-y", "--no-install-recommends", *packages)
            assert not said, said


def _apt(*arguments: str) -> str:
    """Runs apt-get; empty if that went well, else what it said."""
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if not done.returncode:
        return ""
    return f"apt-get {' '.join(arguments)}: {done.stderr[-2000:]}"


if __name__ == "__main__":
    main()
