"""What is in the repository is finished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKER = re.compile(rb"^(<{7} |>{7} )", re.MULTILINE)


def test_no_merge_is_left_half_done() -> None:
    """No file has the marks with which git asks for a decision between two versions."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    marked = [path for path in files if path.is_file() and MARKER.search(path.read_bytes())]
    assert files
    assert not marked
