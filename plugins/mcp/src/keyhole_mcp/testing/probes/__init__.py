"""All probes, in the order of the table."""

from __future__ import annotations

from keyhole_mcp.testing.probe import Probe
from keyhole_mcp.testing.probes import (
    concurrency,
    faults,
    hostile,
    inward,
    letting_go,
    mix_up,
    pkce,
    processes,
    restart,
    sign_in,
    ssrf,
)

__all__ = ["CONTROL", "PROBES"]

CONTROL = sign_in.CONTROL

PROBES: tuple[Probe, ...] = (
    *sign_in.PROBES,
    *restart.PROBES,
    *processes.PROBES,
    *faults.PROBES,
    *letting_go.PROBES,
    *concurrency.PROBES,
    *pkce.PROBES,
    *mix_up.PROBES,
    *hostile.PROBES,
    *ssrf.PROBES,
    *inward.PROBES,
)
