"""Where the backport of importlib.metadata is imported, it lists the distributions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlib_metadata", reason="only older Pythons bring the backport along")

_LIST = """
import importlib.metadata
import sys
import importlib_metadata
from keyhole.distributions import listed
sys.path[:] = [sys.argv[1]]
print([(one.name, one.torn) for one in listed("keyhole")])
"""


def test_a_distribution_without_metadata_is_listed(tmp_path: Path) -> None:
    """The backport raises an error for metadata that are missing; the entries count all the same."""
    info = tmp_path / "acme-1.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[keyhole]\nacme = acme\n")
    done = subprocess.run(
        [sys.executable, "-c", _LIST, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[('', '')]\n"
