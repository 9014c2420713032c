"""Every check that the project makes, each with a line that says what is being done.

`./dev test` runs this. The first failure ends it, so that the last lines say what to mend.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A good part of a test is waiting for a server; and who is done takes over what waits elsewhere.
WORKERS = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
OTHER_PYTHONS = ("3.11", "3.12", "3.13")


def main() -> None:
    """Runs the checks; any arguments behind uv's path are pytest's, and then only pytest runs."""
    _uv, *pytest_arguments = sys.argv[1:]
    if pytest_arguments:
        sys.exit(subprocess.call([sys.executable, "-m", "pytest", *pytest_arguments], cwd=ROOT))
    python = sys.executable
    bin_folder = Path(python).parent
    check("no file names a registry", python, "tests/no_hosts.py")
    check("lint", bin_folder / "ruff", "check", "--quiet")
    check("format", bin_folder / "ruff", "format", "--check", "--quiet")
    check("types", bin_folder / "mypy")
    check("import rules", bin_folder / "lint-imports", "--no-cache")
    for version, interpreter in other_pythons():
        folder = f".venv-{version}"
        check(f"environment for Python {version}", "./dev", "venv", folder, interpreter)
        check(
            f"fast tests on Python {version}",
            ROOT / folder / "bin" / "python",
            *("-m", "pytest", "-q", *WORKERS, "-m", "not real"),
        )
    if os.environ.get("CI"):
        check("programs from Debian", python, "tests/components/debian.py")
    check("all tests", python, "-m", "pytest", *WORKERS, "--hypothesis-profile=ci")


def check(title: str, *command: str | Path) -> None:
    """Runs one command; its output is shown as it comes."""
    print(f"--- {title}", flush=True)
    started = time.monotonic()
    code = subprocess.call([str(part) for part in command], cwd=ROOT)
    if code:
        print(f"--- {title}: failed ({code})", flush=True)
        sys.exit(code)
    print(f"--- {title}: fine ({time.monotonic() - started:.0f} s)", flush=True)


def other_pythons() -> Iterator[tuple[str, str]]:
    """The supported interpreters on this machine, except the one that is running."""
    for version in OTHER_PYTHONS:
        if version != f"{sys.version_info.major}.{sys.version_info.minor}":
            interpreter = _interpreter(version)
            if interpreter:
                yield version, interpreter
            else:
                print(f"--- Python {version} is not on this machine", flush=True)


def _interpreter(version: str) -> str:
    # A version manager keeps interpreters beside each other that its shims hide.
    for folder in (Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions",):
        for found in sorted(folder.glob(f"{version}.*/bin/python{version}")):
            return str(found)
    named = shutil.which(f"python{version}")
    works = named and subprocess.call([named, "-c", ""], stderr=subprocess.DEVNULL) == 0
    return named or "" if works else ""


if __name__ == "__main__":
    main()
