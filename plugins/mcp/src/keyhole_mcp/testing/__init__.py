"""Probes for MCP clients: what the official conformance suite leaves out.

`python -m keyhole_mcp.testing --command "python client.py"` runs them against any client that
follows the calling convention in docs/reference/mcp-probes.md.
"""

from __future__ import annotations

from keyhole_mcp.testing.probe import Outcome, Probe, Result
from keyhole_mcp.testing.probes import PROBES
from keyhole_mcp.testing.run import run, run_one

__all__ = ["PROBES", "Outcome", "Probe", "Result", "run", "run_one"]
