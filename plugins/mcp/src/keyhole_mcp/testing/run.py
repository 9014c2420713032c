"""Running probes against a client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, NotOffered, Outcome, Probe, Result
from keyhole_mcp.testing.probes import CONTROL

__all__ = ["run", "run_one"]

_UNPROVED = "a login with a sound server does not work, so that a refusal says nothing"


def run(command: str, probes: Iterable[Probe], *, seconds: float = 120.0) -> Iterator[Result]:
    """Runs probes one after another, the control first.

    Who can't sign in to a sound server passes nothing: refusing everything is no virtue.

    Args:
        command: How the client is started; the server's URL is put behind it.
        probes: Which ones.
        seconds: How long one process of the client may take.
    """
    control = run_one(command, CONTROL, seconds=seconds)
    for probe in probes:
        if probe == CONTROL:
            yield control
        elif control.outcome is Outcome.PASSED:
            yield run_one(command, probe, seconds=seconds)
        else:
            yield Result(probe, Outcome.FAILED, _UNPROVED, 0.0)


def run_one(command: str, probe: Probe, *, seconds: float = 120.0) -> Result:
    """Runs one probe."""
    began = time.monotonic()
    outcome, said = _judged(command, probe, seconds)
    return Result(probe, outcome, said, round(time.monotonic() - began, 1))


def _judged(command: str, probe: Probe, seconds: float) -> tuple[Outcome, str]:
    with Lab(command, probe, seconds) as lab:
        try:
            return Outcome.PASSED, probe.body(lab)
        except Failed as verdict:
            return Outcome.FAILED, str(verdict)
        except NotOffered:
            return Outcome.NOT_OFFERED, "the client has nothing of the kind"
