"""What the cloud plugins cost a machine that uses no cloud: `keyhole status` with and without.

Run it with `.venv/bin/python benchmarks/status_with_clouds.py [ROUNDS]`. Both sides are measured in
turn in one run, so that only their ratio means something; it is no test and passes nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

BLOCKED = '[plugins]\nblock = ["keyhole-bedrock", "keyhole-vertex", "keyhole-foundry"]\n'
STATUS = (sys.executable, "-c", "from keyhole.cli import main; main()", "status", "--json")
BARE = (sys.executable, "-c", "pass")


def main() -> None:
    """Measures and prints a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(BLOCKED)
        home = {"HOME": folder, "PATH": os.environ["PATH"]}
        sides = {
            "the interpreter alone": (BARE, home),
            "status, cloud plugins blocked": (STATUS, {**home, "KEYHOLE_CONFIG": str(config)}),
            "status, cloud plugins loaded": (STATUS, home),
        }
        times: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds + 1):
            for name, (command, environ) in sides.items():
                times[name].append(_seconds(command, environ))
    _print(times)


def _seconds(command: tuple[str, ...], environ: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def _print(times: dict[str, list[float]]) -> None:
    floor = median(times["the interpreter alone"][1:])
    for name, measured in times.items():
        # The first round fills caches.
        low, middle, high = quantiles(measured[1:], n=4)
        print(
            f"{name:32} {middle * 1000:7.1f} ms  ({low * 1000:.1f} to {high * 1000:.1f})"
            f"  {middle / floor:5.1f} x the interpreter"
        )
    without, with_clouds = (median(times[name][1:]) for name in list(times)[1:])
    print(f"the cloud plugins add {(with_clouds - without) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
