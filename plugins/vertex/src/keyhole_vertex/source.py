"""CLAUDE_CODE_USE_VERTEX: Claude on Google Cloud's Vertex AI."""

from __future__ import annotations

from keyhole import Absent, Broken, Detail, Found, Ignored, Machine, Variable, Where, Wire
from keyhole.source import missing, passed_over
from keyhole_vertex import account, skipped
from keyhole_vertex.adc import NAMED, look
from keyhole_vertex.credential import GOOGLE_TOKEN, WITH_QUOTA
from keyhole_vertex.deployment import BASE_URL, PROJECT, PROJECTS, REGION, Deployment
from keyhole_vertex.environ import FLAG, SKIP_AUTH
from keyhole_vertex.flaw import Flaw, reasons, remedies
from keyhole_vertex.load import Load
from keyhole_vertex.sign_in import SETTING, SignIn

__all__ = ["Vertex"]

WIRE = Wire.provider("authorization")
_READ = (FLAG, SKIP_AUTH, *PROJECTS, PROJECT, REGION, NAMED)


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
        if machine.variable(SKIP_AUTH).on:
            return _through_gateway(machine, flag.where)
        return _by_google(machine, flag.where)


def _off(flag: Variable) -> Absent | Ignored:
    if flag.value is None or flag.passed_over:
        return missing(flag, WIRE)
    return Absent(reason=f"{flag.where} is not 1, true, yes or on")


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
        return _broken(where, flaws, details, warnings, WIRE)
    return Found(
        where=where,
        load=Load(machine, sign_in),
        kind=WITH_QUOTA if deployment.quota else GOOGLE_TOKEN,
        endpoint=deployment.endpoint,
        details=details,
        warnings=warnings,
        wire=WIRE,
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
