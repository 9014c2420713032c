"""What an administrator's settings of Claude Code say of who may win: `forceLoginMethod`.

https://code.claude.com/docs/en/settings-reference. Observed with 2.1.330: `forceLoginMethod`
("claudeai" or "console") and `forceLoginOrgUUID` in managed settings block auth tokens, API keys
and helpers; cloud providers and logins pass. The same keys in anybody else's settings do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.settings import Scope
from keyhole.wire import Slot

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole.resolver import Verdict
    from keyhole.where import Where

__all__ = ["forced"]

METHOD = "forceLoginMethod"
ORGANISATION = "forceLoginOrgUUID"


def forced(machine: Machine, active: Verdict | None) -> str:
    """How the winner differs from what the administrator asks for; empty where it doesn't."""
    if active is None:
        return ""
    where = _where(machine)
    wire = active.finding.wire
    if where is None or (wire and wire.slot in (Slot.PROVIDER, Slot.LOGIN)):
        return ""
    return f"{where} asks for a login of Claude Code, and {active.source.name} wins"


def _where(machine: Machine) -> Where | None:
    """Where a first-party login is asked for; None where nobody does."""
    for layer in machine.layers:
        if layer.scope is not Scope.MANAGED:
            continue
        if layer.data.get(METHOD) in ("claudeai", "console"):
            return layer.where(METHOD)
        if isinstance(layer.data.get(ORGANISATION), str | list):
            return layer.where(ORGANISATION)
    return None
