"""The source `foundry`."""

from __future__ import annotations

from keyhole import Absent, Broken, Found, Ignored, Machine, Variable
from keyhole.source import missing
from keyhole_foundry.variables import API_KEY, AUTH_TOKEN, BASE_URL, FLAG, RESOURCE, SKIP

__all__ = ["Foundry"]


class Foundry:
    """Claude in Microsoft Foundry, where `CLAUDE_CODE_USE_FOUNDRY` is on."""

    name = "foundry"
    priority = 890
    selectors = frozenset({FLAG, AUTH_TOKEN, API_KEY, BASE_URL, RESOURCE, SKIP})
    billing = "azure"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        flag = machine.variable(FLAG)
        if not flag.on or flag.where is None:
            return _off(flag)
        # Only here: a machine that does not use it does not import what looks for an identity.
        from keyhole_foundry.finding import finding

        return finding(machine, flag, flag.where)


def _off(flag: Variable) -> Absent | Ignored:
    if flag.value is None or flag.passed_over:
        return missing(flag)
    return Absent(reason=f"{flag.where} does not say yes")
