"""Slow calls beside each other: none waits for another's answer."""

from __future__ import annotations

from keyhole_mcp.testing.gate import Meeting
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import succeeded

__all__ = ["PROBES"]

MANY = 8


def _side_by_side(lab: Lab) -> str:
    meeting = Meeting(MANY)
    lab.server.tools["meet"] = meeting.join
    end = lab.run(call("echo"), call(*["meet"] * MANY, may_fail=True))
    succeeded(end)
    if meeting.most < MANY:
        raise Failed(f"{meeting.most} of {MANY} calls were at the server at once")
    return f"{MANY} calls were at the server at once"


PROBES = (
    Probe("side-by-side", "lets 8 slow calls be at the server at once", _side_by_side),
    Probe(
        "side-by-side-2025",
        "lets them be there on the wire of 2025-11-25, too",
        _side_by_side,
        "2025-11-25",
    ),
)
