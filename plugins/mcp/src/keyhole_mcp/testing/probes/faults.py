"""A refresh that fails for a while is no reason to ask a person."""

from __future__ import annotations

import threading
from collections.abc import Callable

from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.place import Answer, Asked, in_json
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.probes.restart import SHORT
from keyhole_mcp.testing.steps import call, wait
from keyhole_mcp.testing.verdicts import nobody_asked, signed_in, succeeded

__all__ = ["PROBES"]

PAUSE = 30.0
"""Seconds that a client may leave a server alone which has just failed."""


def _busy(lab: Lab) -> str:
    return _recovers(lab, lambda _: in_json({"error": "temporarily_unavailable"}, 503))


def _cut_off(lab: Lab) -> str:
    return _recovers(lab, lambda _: Answer(0))


def _too_slow(lab: Lab) -> str:
    over = threading.Event()

    def hangs(_: Asked) -> Answer:
        over.wait(60)
        return Answer(0)

    try:
        return _recovers(lab, hangs)
    finally:
        over.set()


def _recovers(lab: Lab, fault: Callable[[Asked], Answer]) -> str:
    """One process, and then a second one, after the server has recovered."""
    expired, recovered = lab.gate(), lab.gate()
    lab.authorization.book.lifetime = SHORT
    client = lab.start(
        call("echo"),
        wait(expired.url),
        call("echo", may_fail=True),
        wait(recovered.url),
        call("echo", within=PAUSE),
    )
    lab.until(lambda: expired.arrived > 0, [client])
    lab.authorization.book.let_them_expire()
    lab.authorization.instead = fault
    done = len(lab.authorization.refreshes)
    expired.open()
    lab.until(lambda: recovered.arrived > 0, [client])
    lab.authorization.instead = lambda _: None
    nobody_asked(lab, 1)
    if len(lab.authorization.refreshes) == done:
        raise Failed("did not try to refresh")
    recovered.open()
    (end,) = lab.ends([client])
    nobody_asked(lab, 1)
    succeeded(end)
    succeeded(lab.run(call("echo")))
    nobody_asked(lab, 1)
    return "the login was kept"


def _revoked_early(lab: Lab) -> str:
    revoked = lab.gate()
    client = lab.start(call("echo"), wait(revoked.url), call("echo"))
    lab.until(lambda: revoked.arrived > 0, [client])
    lab.authorization.book.end_access_tokens()
    revoked.open()
    (end,) = lab.ends([client])
    nobody_asked(lab, 1)
    succeeded(end)
    return f"{len(lab.authorization.refreshes)} refresh"


def _revoked_between(lab: Lab) -> str:
    signed_in(lab)
    lab.authorization.book.end_access_tokens()
    end = lab.run(call("echo"))
    nobody_asked(lab, 1)
    succeeded(end)
    return f"{len(lab.authorization.refreshes)} refresh"


PROBES = (
    Probe("revoked", "refreshes when its token is refused before its time", _revoked_early),
    Probe(
        "revoked-restart",
        "refreshes when the first request after a restart is refused",
        _revoked_between,
    ),
    Probe("refresh-503", "keeps the login when a refresh is answered with 503", _busy),
    Probe("refresh-cut-off", "keeps the login when the connection breaks at a refresh", _cut_off),
    Probe("refresh-time-out", "keeps the login when a refresh is not answered in time", _too_slow),
)
