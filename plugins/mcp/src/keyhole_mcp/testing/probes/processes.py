"""Eight processes with one store, and a server that ends a login when a refresh token is reused."""

from __future__ import annotations

from keyhole_mcp.testing.client import Client
from keyhole_mcp.testing.gate import Gate
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.probes.restart import SHORT
from keyhole_mcp.testing.steps import call, wait
from keyhole_mcp.testing.verdicts import (
    nobody_asked,
    nothing_strays,
    refreshed,
    signed_in,
    succeeded,
)

__all__ = ["PROBES"]

MANY = 8


def _at_expiry(lab: Lab) -> str:
    signed_in(lab, lifetime=SHORT)
    lab.authorization.book.let_them_expire()
    return _all_at_once(lab)


def _on_401(lab: Lab) -> str:
    signed_in(lab)
    lab.authorization.book.end_access_tokens()
    return _all_at_once(lab)


def _all_at_once(lab: Lab) -> str:
    done, gate = len(lab.authorization.refreshes), lab.gate()
    clients = [lab.start(wait(gate.url), call("echo")) for _ in range(MANY)]
    lab.until(lambda: gate.arrived == MANY, clients)
    gate.open()
    ends = lab.ends(clients)
    if lab.browsers > 1:
        raise Failed(f"{lab.browsers - 1} of {MANY} were logged out, {_counted(lab)}")
    succeeded(ends)
    nothing_strays(lab)
    refreshed(lab, done + 1)
    return "1 refresh, none logged out"


def _counted(lab: Lab) -> str:
    refreshes = len(lab.authorization.refreshes)
    stray = len(lab.server.stray.refreshes)
    elsewhere = f", {stray} to the MCP server" if stray else ""
    return f"{refreshes} refreshes{elsewhere}"


def _long_running(lab: Lab) -> str:
    """All hold a good token in memory; each finds out at a moment of its own that it has ended."""
    signed_in(lab, lifetime=SHORT)
    gates = [lab.gate() for _ in range(MANY)]
    clients = [lab.start(call("echo"), wait(gate.url), call("echo")) for gate in gates]
    lab.until(lambda: all(gate.arrived for gate in gates), clients)
    lab.authorization.book.let_them_expire()
    done, browsers = len(lab.authorization.refreshes), lab.browsers
    for gate, client in zip(gates, clients, strict=True):
        _goes_on(lab, gate, client, browsers)
    nothing_strays(lab)
    refreshed(lab, done + 1)
    return "1 refresh, none logged out"


def _goes_on(lab: Lab, gate: Gate, client: Client, browsers: int) -> None:
    gate.open()
    end = lab.ends([client])
    nobody_asked(lab, browsers)
    succeeded(end)


def _hand_off(lab: Lab) -> str:
    gate = lab.gate()
    clients = [lab.start(wait(gate.url), call("echo")) for _ in range(MANY)]
    lab.until(lambda: gate.arrived == MANY, clients)
    gate.open()
    ends = lab.ends(clients)
    if lab.browsers != 1:
        raise Failed(f"opened {lab.browsers} browsers")
    succeeded(ends)
    return "1 browser"


PROBES = (
    Probe("8-at-expiry", "refreshes once for 8 processes at expiry, logs none out", _at_expiry),
    Probe("8-on-401", "refreshes once for 8 whose first sign is a 401", _on_401),
    Probe("8-long-running", "refreshes once for 8 that find out one by one", _long_running),
    Probe("8-first-logins", "opens one browser for 8 processes without a token", _hand_off),
)
