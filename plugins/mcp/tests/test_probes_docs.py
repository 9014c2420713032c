"""The pages about the probes: they name each of them, in its own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keyhole_mcp.testing import PROBES

DOCS = Path(__file__).parents[3] / "docs"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", re.MULTILINE)


@pytest.mark.parametrize("page", ["reference/mcp-probes.md", "explanation/mcp-clients-compared.md"])
def test_each_probe_is_in_the_table(page: str) -> None:
    """The tables have each probe, in the runner's order, with what it wants."""
    _, _, probes = (DOCS / page).read_text().rpartition("\n## The probes\n")
    rows = ROW.findall(probes)
    assert rows == [(probe.name, probe.wants) for probe in PROBES]


def test_keyhole_passes_each_row() -> None:
    """In the table of clients keyhole's column is all yes; a test holds it to that."""
    page = (DOCS / "explanation" / "mcp-clients-compared.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert {row[2] for row in rows} == {"yes"}
