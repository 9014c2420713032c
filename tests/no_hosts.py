"""Fails when a tracked file names a package registry, or is a lock file that would."""

from __future__ import annotations

import re
import subprocess
import sys

LOCKS = ("uv.lock", "pylock.toml")
# Spelt so that this file is no hit of its own.
HOSTS = re.compile(r"://[a-z0-9.-]*(pypi|pythonhosted|npmjs)[.]|registry = \"https?://")


def main() -> None:
    """Looks at every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    bad = [name for name in listed.stdout.splitlines() if _names_a_host(name)]
    if bad:
        sys.exit("these files name a package registry's host: " + ", ".join(bad))


def _names_a_host(name: str) -> bool:
    if name.rpartition("/")[2] in LOCKS:
        return True
    try:
        with open(name, encoding="utf-8") as file:
            return HOSTS.search(file.read()) is not None
    except (OSError, UnicodeDecodeError):
        return False


if __name__ == "__main__":
    main()
