"""CLAUDE_CODE_USE_VERTEX: Claude on Google Cloud's Vertex AI."""

from __future__ import annotations

from keyhole import Absent, Broken, Found, Ignored, Machine, Variable, Wire
from keyhole.source import missing
from keyhole_vertex.variables import BASE_URL, FLAG, PROJECT, SKIP_AUTH

__all__ = ["Vertex"]

WIRE = Wire.provider("authorization")


class Vertex:
    """Sends a Google access token as `Authorization: Bearer`."""

    name = "vertex"
    priority = 880
    selectors = frozenset({FLAG, PROJECT, BASE_URL, SKIP_AUTH})
    billing = "google-cloud"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        flag = machine.variable(FLAG)
        if not flag.on or flag.where is None:
            return _off(flag)
        # Only here: a machine that does not use it does not import what looks for Google's files.
        from keyhole_vertex.finding import finding

        return finding(machine, flag.where)


def _off(flag: Variable) -> Absent | Ignored:
    if flag.value is None or flag.passed_over:
        return missing(flag, WIRE)
    return Absent(reason=f"{flag.where} is not 1, true, yes or on")
