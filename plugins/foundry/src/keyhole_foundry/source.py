"""The source `foundry`."""

from __future__ import annotations

from keyhole import Absent, Broken, Found, Ignored, Machine, Variable, Where
from keyhole.source import missing, passed_over
from keyhole_foundry.authorization import API_KEY, AUTH_TOKEN, SKIP, Authorization, authorization
from keyhole_foundry.place import BASE_URL, RESOURCE, Place, place

__all__ = ["Foundry"]

FLAG = "CLAUDE_CODE_USE_FOUNDRY"


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
        return _on(flag, flag.where, place(machine), authorization(machine))


def _off(flag: Variable) -> Absent | Ignored:
    if flag.value is None or flag.passed_over:
        return missing(flag)
    return Absent(reason=f"{flag.where} does not say yes")


def _on(flag: Variable, where: Where, place: Place, auth: Authorization) -> Broken | Found:
    details = (*place.details, *auth.details)
    warnings = (*passed_over(flag), *place.warnings, *auth.warnings)
    flaws = (*place.flaws, *auth.flaws)
    if flaws:
        return Broken(
            where=where,
            reason="; ".join(flaw.reason for flaw in flaws),
            remedy="; ".join(flaw.remedy for flaw in flaws),
            details=details,
            warnings=warnings,
            wire=auth.wire,
        )
    return Found(
        where=auth.where or where,
        load=lambda _host, _rejected: auth.load(place.endpoint.url),
        kind=auth.kind,
        endpoint=place.endpoint,
        usable=auth.usable,
        details=details,
        warnings=warnings,
        wire=auth.wire,
        native=auth.native,
    )
