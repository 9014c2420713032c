"""The files of a folder that matter, found by their names without opening one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

from keyhole_audit.role import role_of

__all__ = ["Tree", "tree"]

_PASSED_OVER = re.compile(
    r"\.(?:git|hg|svn|venv|tox|nox|hypothesis|terraform|gradle|mypy_cache|ruff_cache|pytest_cache)"
    r"|node_modules|venv|site-packages|__pycache__"
)
"""Folders that nobody writes by hand; what git tracks in them is looked at all the same."""

_DEEPEST = 60


@attrs.frozen
class Tree:
    """What a folder holds.

    Attributes:
        files: The files that matter.
        repositories: Folders with a `.git` of their own.
    """

    files: tuple[Path, ...]
    repositories: tuple[Path, ...]


def tree(root: Path, *, deep: bool) -> Tree:
    """Looks through a folder; symbolic links are not followed.

    Args:
        root: The folder.
        deep: Whether to go down into all folders; else only those are looked at that Claude Code
            reads when it starts there.
    """
    files: list[Path] = []
    repositories: list[Path] = []
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        for entry in _entries(folder):
            path = folder / entry.name
            if entry.name == ".git":
                repositories.append(folder)
            elif entry.is_dir(follow_symlinks=False):
                if depth < _DEEPEST and _is_entered(entry.name, deep=deep):
                    waiting.append((path, depth + 1))
            elif role_of(path) is not None:
                files.append(path)
    return Tree(tuple(sorted(files)), tuple(sorted(repositories)))


def _is_entered(name: str, *, deep: bool) -> bool:
    return _PASSED_OVER.fullmatch(name) is None if deep else name == ".claude"


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        # What this user can't list, this user's programs do not read either.
        return
