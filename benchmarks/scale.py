"""Cold `keyhole status --json` with more and more installed plugins, one source each."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Group, environment, in_turn, process

SIZES = (10, 1, 100, 1_000)
PLUGIN = """
from keyhole import Absent, hookimpl
class Source:
    name, priority, selectors, billing = "scale-{at}", {at}, frozenset(), "other"
    def find(self, machine):
        return Absent(reason="it is not set")
@hookimpl
def keyhole_credential_sources():
    return [Source()]
"""
RUN = "from keyhole.cli import main; main()"


def measure(rounds: int) -> Group:
    with tempfile.TemporaryDirectory() as home:
        sides = {}
        for size in SIZES:
            site = Path(home, f"site-{size}")
            for at in range(size):
                _install(site, at)
            environ = environment(home, PYTHONPATH=str(site), ANTHROPIC_API_KEY="sk-ant-api03-fake")
            command = (sys.executable, "-c", RUN, "status", "--json")
            sides[f"{size} more sources"] = process(command, environ, home)
        rows = in_turn(sides, max(3, rounds // 3))
        return Group("scale", "More and more sources", "ms", rows, "Beside the installed plugins.")


def _install(site: Path, at: int) -> None:
    info = site / f"scale_{at}-1.dist-info"
    info.mkdir(parents=True)
    (site / f"scale_{at}.py").write_text(PLUGIN.format(at=at))
    (info / "METADATA").write_text(f"Name: keyhole-scale-{at}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[keyhole]\nscale-{at} = scale_{at}\n")
