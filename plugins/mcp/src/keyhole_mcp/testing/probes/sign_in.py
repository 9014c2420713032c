"""The first login: the control that every refusal is measured against."""

from __future__ import annotations

from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.steps import call, status
from keyhole_mcp.testing.verdicts import nobody_asked, nothing_strays, signed_in, succeeded

__all__ = ["CONTROL", "PROBES"]

FIRST = 20


def _signs_in(lab: Lab) -> str:
    signed_in(lab)
    nothing_strays(lab)
    return f"{len(lab.authorization.site.seen)} requests to the authorization server"


def _asks_once(lab: Lab) -> str:
    signed_in(lab)
    visits = len(lab.authorization.visits)
    if visits != lab.browsers:
        raise Failed(f"requested one authorization {visits} times")
    return "1 request"


def _first_requests(lab: Lab) -> str:
    succeeded(lab.run(call(*["echo"] * FIRST)))
    if lab.browsers != 1:
        raise Failed(f"{lab.browsers} authorizations for {FIRST} first calls")
    return "1 authorization"


def _status(lab: Lab) -> str:
    end = lab.run(status())
    nobody_asked(lab, 0)
    if lab.authorization.uses:
        raise Failed(f"sent {lab.authorization.uses[0]}")
    return f"ended with {end.code}, and asked nobody"


CONTROL = Probe("sign-in", "signs in and calls a tool", _signs_in)

PROBES = (
    CONTROL,
    Probe("sign-in-2025", "signs in to a server of 2025-11-25, too", _signs_in, "2025-11-25"),
    Probe("authorize-once", "requests an authorization once, not twice", _asks_once),
    Probe("first-calls", "opens one browser for 20 first calls at once", _first_requests),
    Probe("status", "opens no browser to say what it knows", _status),
)
