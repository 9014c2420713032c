"""Calls that are given up: the next one must not suffer."""

from __future__ import annotations

import threading

from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.place import Answer, Asked
from keyhole_mcp.testing.probe import Probe
from keyhole_mcp.testing.probes.restart import SHORT
from keyhole_mcp.testing.steps import abandon, call, close, wait
from keyhole_mcp.testing.verdicts import nobody_asked, succeeded

__all__ = ["PROBES"]


def _cancelled_call(lab: Lab) -> str:
    begun = lab.gate()
    never = threading.Event()

    def stuck() -> str:
        begun.open()
        never.wait(60)
        return "too late"

    lab.server.tools["stuck"] = stuck
    end = lab.run(call("echo"), abandon("stuck", begun.url), call("echo"))
    never.set()
    succeeded(end)
    return "the next call went through"


def _closed_elsewhere(lab: Lab) -> str:
    succeeded(lab.run(call("echo"), close(), call("echo")))
    return "the next call went through"


def _cancelled_refresh(lab: Lab) -> str:
    """The server has rotated when the caller gives up: the answer must not be lost."""
    under_way, given_up, expired = lab.gate(), lab.gate(), lab.gate()

    def slow(_: Asked) -> Answer | None:
        under_way.open()
        lab.until(lambda: given_up.arrived > 0, [client])
        return None

    lab.authorization.book.lifetime = SHORT
    client = lab.start(
        call("echo"),
        wait(expired.url),
        abandon("echo", under_way.url),
        wait(given_up.url),
        call("echo"),
    )
    lab.until(lambda: expired.arrived > 0, [client])
    lab.authorization.book.let_them_expire()
    done, lab.authorization.instead = len(lab.authorization.refreshes), slow
    expired.open()
    lab.until(lambda: given_up.arrived > 0, [client])
    given_up.open()
    (end,) = lab.ends([client])
    nobody_asked(lab, 1)
    succeeded(end)
    return f"{len(lab.authorization.refreshes) - done} refresh"


PROBES = (
    Probe("cancelled-call", "goes on after a call was cancelled", _cancelled_call),
    Probe(
        "closed-elsewhere", "goes on after a request was closed by another task", _closed_elsewhere
    ),
    Probe("cancelled-refresh", "loses no rotated token when a caller gives up", _cancelled_refresh),
)
