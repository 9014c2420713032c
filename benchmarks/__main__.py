"""Measures everything in one run, side by side.

`python -m benchmarks` prints the tables and writes `docs/explanation/performance.md`;
`--only cold --only warm` measures these alone and writes nothing. It is no test and passes nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks import cold, large_tree, page, scale, stores, storm, vault_helper, warm
from benchmarks.measuring import Group

GROUPS: dict[str, Callable[[int], Group]] = {
    "cold": cold.measure,
    "warm": warm.measure,
    "scale": scale.measure,
    "storm": storm.measure,
    "stores": stores.measure,
    "vault": vault_helper.measure,
    "tree": large_tree.measure,
}


def main() -> None:
    """Measures, prints, and writes the page where everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=GROUPS, help="measure this alone")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each (default 15)")
    parser.add_argument("--kills", type=int, help="kill processes in a refresh so often, instead")
    given = parser.parse_args()
    if given.kills:
        storm.killed(given.kills)
        return
    groups = []
    for name in given.only or GROUPS:
        groups.append(GROUPS[name](given.rounds))
        print(page.table(groups[-1]), end="\n\n", flush=True)
    if not given.only:
        page.write(groups)


if __name__ == "__main__":
    main()
