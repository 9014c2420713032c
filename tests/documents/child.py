"""What a process does that runs one command line or one piece of Python."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["keyhole", "python"]


def keyhole(
    arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, output: Path, answer: Path
) -> None:
    """Becomes `keyhole ARGUMENTS`."""
    _settle(environ, cwd, output, answer)
    from keyhole.cli import run

    sys.exit(run(list(arguments)))


def python(source: str, environ: Mapping[str, str], cwd: Path, output: Path, answer: Path) -> None:
    """Runs a piece of Python as a module of its own."""
    _settle(environ, cwd, output, answer)
    sys.path.insert(0, str(cwd / "src"))
    try:
        exec(compile(source, "<page>", "exec"), {"__name__": "page"})  # noqa: S102  # the page's own
    except BaseException:  # noqa: BLE001  # whatever it is, the page shows something wrong
        traceback.print_exc()
        sys.exit(1)


def _settle(environ: Mapping[str, str], cwd: Path, output: Path, answer: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(answer, os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False, buffering=1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
