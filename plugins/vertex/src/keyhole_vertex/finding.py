"""What to say of Vertex AI where it is switched on."""

from __future__ import annotations

from keyhole import Broken, Detail, Found, Machine, Where, Wire
from keyhole.flaw import reasons, remedies
from keyhole.source import passed_over
from keyhole_vertex import account, skipped
from keyhole_vertex.adc import NAMED, look
from keyhole_vertex.credential import GOOGLE_TOKEN, WITH_QUOTA
from keyhole_vertex.deployment import PROJECTS, REGION, Deployment
from keyhole_vertex.flaw import Flaw
from keyhole_vertex.load import Load
from keyhole_vertex.sign_in import SETTING, SignIn
from keyhole_vertex.variables import FLAG, PROJECT, SKIP_AUTH

__all__ = ["finding"]

_WIRE = Wire.provider("authorization")
_READ = (FLAG, SKIP_AUTH, *PROJECTS, PROJECT, REGION, NAMED)


def finding(machine: Machine, where: Where) -> Broken | Found:
    """Everything that can be seen, and everything that is missing, together.

    Args:
        machine: The machine.
        where: Where it is switched on.
    """
    if machine.variable(SKIP_AUTH).on:
        return _through_gateway(machine, where)
    return _by_google(machine, where)


def _by_google(machine: Machine, where: Where) -> Broken | Found:
    """With Application Default Credentials."""
    adc = look(machine, machine.json)
    deployment = Deployment.of(machine, adc)
    sign_in = SignIn.of(machine)
    details = (*deployment.details, *account.details(adc), *_signing_in(sign_in))
    warnings = _warnings(machine, deployment, "The Google token")
    # What signing in would mend is no reason to give up before that was tried.
    flaws = [flaw for flaw in (*adc.flaws, *deployment.flaws) if not (sign_in and flaw.by_sign_in)]
    if flaws:
        return _broken(where, flaws, details, warnings, _WIRE)
    return Found(
        where=where,
        load=Load(machine, sign_in),
        kind=WITH_QUOTA if deployment.quota else GOOGLE_TOKEN,
        endpoint=deployment.endpoint,
        details=details,
        warnings=warnings,
        wire=_WIRE,
        native=True,
    )


def _through_gateway(machine: Machine, where: Where) -> Broken | Found:
    """Without Google's credentials: a gateway has its own."""
    deployment = Deployment.of(machine, None)
    load = skipped.LoadGiven(machine, deployment)
    details = (*deployment.details, skipped.given(machine))
    warnings = _warnings(machine, deployment, "The token")
    wire = Wire.provider(*load.kind.headers)
    flaws = [*skipped.flaws(machine), *deployment.flaws]
    if flaws:
        return _broken(where, flaws, details, warnings, wire)
    return Found(
        where=where,
        load=load,
        kind=load.kind,
        endpoint=deployment.endpoint,
        details=details,
        warnings=warnings,
        wire=wire,
    )


def _broken(
    where: Where,
    flaws: list[Flaw],
    details: tuple[Detail, ...],
    warnings: tuple[str, ...],
    wire: Wire,
) -> Broken:
    return Broken(
        where=where,
        reason=reasons(flaws),
        remedy=remedies(flaws),
        details=details,
        warnings=warnings,
        wire=wire,
    )


def _warnings(machine: Machine, deployment: Deployment, what: str) -> tuple[str, ...]:
    read = (machine.variable(name) for name in _READ)
    return (
        *passed_over(*read, machine.setting(SETTING)),
        *deployment.endpoint.warnings(what),
    )


def _signing_in(sign_in: SignIn | None) -> tuple[Detail, ...]:
    return (Detail("signs in with", SETTING, sign_in.where),) if sign_in else ()
