"""What to say of Foundry where it is switched on."""

from __future__ import annotations

from keyhole import Broken, Found, Machine, Variable, Where
from keyhole.flaw import reasons, remedies
from keyhole.source import passed_over
from keyhole_foundry.authorization import authorization
from keyhole_foundry.place import place

__all__ = ["finding"]


def finding(machine: Machine, flag: Variable, where: Where) -> Broken | Found:
    """Everything that can be seen, and everything that is missing, together.

    Args:
        machine: The machine.
        flag: The variable that switches it on.
        where: Where that stands.
    """
    spot, auth = place(machine), authorization(machine)
    details = (*spot.details, *auth.details)
    warnings = (*passed_over(flag), *spot.warnings, *auth.warnings)
    flaws = (*spot.flaws, *auth.flaws)
    if flaws:
        return Broken(
            where=where,
            reason=reasons(flaws),
            remedy=remedies(flaws),
            details=details,
            warnings=warnings,
            wire=auth.wire,
        )
    return Found(
        where=auth.where or where,
        load=lambda _host, _rejected: auth.load(spot.endpoint.url),
        kind=auth.kind,
        endpoint=spot.endpoint,
        usable=auth.usable,
        details=details,
        warnings=warnings,
        wire=auth.wire,
        native=auth.native,
    )
