"""ANTHROPIC_API_KEY: an API key, in interactive use only once it is approved."""

from __future__ import annotations

from keyhole import API_KEY, Absent, Broken, Found, Ignored, Machine, Secret, Variable, Where, Wire
from keyhole.flaw import Flaw
from keyhole_environment import approval, shape
from keyhole_environment.present import nothing, present

__all__ = ["ApiKey"]

VARIABLE = "ANTHROPIC_API_KEY"
WIRE = Wire.header("x-api-key")


class ApiKey:
    """Sends the variable as `x-api-key`."""

    name = "api-key"
    priority = 700
    selectors = frozenset({VARIABLE})
    billing = "anthropic-api"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        variable = machine.variable(VARIABLE)
        if variable.value is None or variable.where is None:
            return nothing(machine, variable, WIRE)
        wire = WIRE if approval.in_claude_code(machine, variable.value) else None
        return _withheld(machine, variable, variable.value, variable.where, wire) or present(
            machine, variable, API_KEY, wire, misplaced=_misplaced(variable.value)
        )


def _withheld(
    machine: Machine, variable: Variable, value: Secret, where: Where, wire: Wire | None
) -> Ignored | None:
    """Claude Code asks a person once; print mode takes the key as it is."""
    decision = approval.of(machine, value)
    if decision.approved:
        return None
    return Ignored(
        where=where,
        reason=f"{variable.name} {decision.reason}",
        remedy="`keyhole approve`",
        wire=wire,
    )


def _misplaced(value: Secret) -> Flaw | None:
    if not value.reveal().startswith(shape.OAUTH_TOKEN):
        return None
    return Flaw(
        "is an OAuth token (sk-ant-oat…), which is refused where an API key belongs",
        f"export it as CLAUDE_CODE_OAUTH_TOKEN and unset {VARIABLE}",
    )
