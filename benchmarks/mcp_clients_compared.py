"""The probes of `keyhole_mcp.testing`, run against keyhole, the mcp SDK and FastMCP.

Run it with `.venv/bin/python benchmarks/mcp_clients_compared.py [CLIENT …] [PROBE …]`. It keeps
what it saw in `mcp_clients_compared.json`, and writes the table of
`docs/explanation/mcp-clients-compared.md` anew. Without a CLIENT it runs all of them, without a
PROBE all probes: some ten minutes. With `--write` alone it only writes the table. It is no test and
passes nothing.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from keyhole_mcp.testing import PROBES, Probe, run
from keyhole_mcp.testing.table import line

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "plugins" / "mcp" / "tests" / "peers"
SEEN = Path(__file__).with_suffix(".json")
PAGE = ROOT / "docs" / "explanation" / "mcp-clients-compared.md"
BEGIN, END = "<!-- the table begins -->", "<!-- the table ends -->"
CLIENTS = {"keyhole": "keyhole-mcp", "mcp_sdk": "mcp", "fastmcp": "fastmcp"}
WORDS = {"passed": "yes", "failed": "**no**", "not offered": "not offered"}


def main() -> None:
    """Runs the probes for the clients that are named, and writes the page."""
    names = sys.argv[1:]
    clients = [name for name in names if name in CLIENTS] or list(CLIENTS)
    wanted = [probe for probe in PROBES if probe.name in names] or PROBES
    for client in clients if names != ["--write"] else ():
        ask(client, wanted)
    seen = kept()
    page = PAGE.read_text()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(seen)}\n{END}{after}")


def ask(client: str, probes: Sequence[Probe]) -> None:
    """Keeps what each probe sees of a client."""
    print(f"--- {client}", flush=True)
    for result in run(f"{sys.executable} {PEERS / f'{client}_client.py'}", probes):
        print(line(result), flush=True)
        seen = kept()
        of_client = seen.setdefault(client, {"probes": {}})
        of_client["version"] = version(CLIENTS[client])
        said = {"outcome": result.outcome.value, "said": result.said}
        of_client["probes"][result.probe.name] = said
        SEEN.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n")


def kept() -> dict[str, Any]:
    """What was seen so far."""
    return json.loads(SEEN.read_text()) if SEEN.exists() else {}


def table(seen: dict[str, Any]) -> str:
    """The table, and what each client did where it did not pass."""
    names = [name for name in CLIENTS if name in seen]
    heads = [f"{CLIENTS[name].removesuffix('-mcp')} {seen[name]['version']}" for name in names]
    rows = [
        f"| `{probe.name}` | {probe.wants} | "
        + " | ".join(cell(seen[name]["probes"].get(probe.name)) for name in names)
        + " |"
        for probe in PROBES
    ]
    counted = [Counter(one["outcome"] for one in seen[name]["probes"].values()) for name in names]
    totals = " | ".join(f"{count['passed']} of {len(PROBES)}" for count in counted)
    head = f"| probe | a client that passes | {' | '.join(heads)} |"
    return "\n".join([head, "|---|---|" + "---|" * len(names), *rows, f"| | passed | {totals} |"])


def cell(entry: dict[str, str] | None) -> str:
    """One client at one probe."""
    if entry is None:
        return "not run"
    word = WORDS[entry["outcome"]]
    said = entry["said"].replace("|", "\\|")
    return f"{word}: {said}" if entry["outcome"] == "failed" else word


if __name__ == "__main__":
    main()
