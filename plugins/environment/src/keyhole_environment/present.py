"""The finding for a variable that may hold a token: what the sources share."""

from __future__ import annotations

from keyhole import (
    Absent,
    Broken,
    Endpoint,
    Found,
    HeaderCredential,
    Host,
    Ignored,
    Kind,
    Secret,
    Variable,
    Wire,
)
from keyhole.endpoint import first_party
from keyhole.flaw import Flaw, of_token
from keyhole.machine import Machine
from keyhole.setup_token import setup_token
from keyhole.source import missing, passed_over

__all__ = ["nothing", "present"]


def nothing(machine: Machine, variable: Variable, wire: Wire) -> Absent | Ignored:
    """What to say of a variable that has no value that counts.

    Args:
        machine: The machine.
        variable: The variable.
        wire: What Claude Code would fill with it, if it reads what is passed over here.
    """
    if not variable.passed_over:
        return missing(variable)
    from keyhole.unasked import wire_of

    return missing(variable, wire_of(machine, variable.name, wire))


def present(
    machine: Machine,
    variable: Variable,
    kind: Kind,
    wire: Wire | None,
    *,
    misplaced: Flaw | None = None,
    warnings: tuple[str, ...] = (),
) -> Found | Broken:
    """What to say of a variable that has a value.

    Args:
        machine: The machine.
        variable: The variable; it has a value.
        kind: What the value is taken for.
        wire: What Claude Code would fill with it.
        misplaced: Why this value belongs in another variable.
        warnings: Sentences for the user.
    """
    value, where = variable.value, variable.where
    if value is None or where is None:
        raise ValueError(f"{variable.name} has no value")
    endpoint = first_party(machine)
    wrong = misplaced or of_token(variable.name, value) or _unusable(endpoint)
    warnings = (*warnings, *passed_over(variable), *endpoint.warnings(variable.name))
    dated = setup_token(machine, value)
    if dated:
        warnings = (*dated.warnings(variable.name), *warnings)
    if wrong:
        return Broken(
            where=where, reason=wrong.reason, remedy=wrong.remedy, warnings=warnings, wire=wire
        )
    return Found(
        where=where,
        load=_Constant(kind, value, endpoint),
        kind=kind,
        endpoint=endpoint,
        usable=not (dated and dated.ended),
        problem=dated.problem if dated else "",
        expires_at=dated.ends_at if dated else None,
        warnings=warnings,
        wire=wire,
    )


class _Constant:
    """Loads a value that is already here; a refused one can't be made anew."""

    def __init__(self, kind: Kind, value: Secret, endpoint: Endpoint) -> None:
        self._credential = HeaderCredential(kind, value, endpoint.url)

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:  # noqa: ARG002
        return self._credential


def _unusable(endpoint: Endpoint) -> Flaw | None:
    return Flaw(endpoint.refusal, endpoint.remedy) if endpoint.problem else None
