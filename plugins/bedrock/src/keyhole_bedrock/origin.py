"""Where the AWS credential would come from, told by looking alone.

The order is botocore's: https://docs.aws.amazon.com/boto3/latest/guide/credentials.html
"""

from __future__ import annotations

from keyhole import Machine
from keyhole.flaw import Flaw
from keyhole.source import Detail
from keyhole_bedrock import mechanism
from keyhole_bedrock.chosen import Chosen
from keyhole_bedrock.mechanism import Mechanism
from keyhole_bedrock.profiles import DEFAULT, Profile, Shared
from keyhole_bedrock.sso import seconds

__all__ = ["origin_of"]

_KEY, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
_END = "AWS_CREDENTIAL_EXPIRATION"
_TOKEN_FILE, _ROLE = "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_NO_METADATA = "AWS_EC2_METADATA_DISABLED"

_SET_UP = (
    "`aws configure`, `aws sso login --profile NAME` with AWS_PROFILE=NAME, or export "
    "AWS_BEARER_TOKEN_BEDROCK"
)


def origin_of(machine: Machine, shared: Shared, chosen: Chosen | None) -> Mechanism:
    """What botocore would use, and what can be seen to be wrong with it."""
    if chosen:
        return _of_profile(machine, shared, chosen)
    default = shared.profiles.get(DEFAULT)
    return (
        _of_keys(machine)
        or _of_default(machine, shared, default, roles_only=True)
        or _of_web_identity(machine)
        or _of_default(machine, shared, default)
        or _of_container(machine)
        or _of_instance(machine)
    )


def _of_profile(machine: Machine, shared: Shared, chosen: Chosen) -> Mechanism:
    profile = shared.profiles.get(chosen.name)
    if profile is None:
        flaw = Flaw(
            f"there is no profile {chosen.name!r} in {shared.config} or {shared.credentials}",
            f"`aws configure --profile {chosen.name}`, or correct {chosen.where}",
        )
        return Mechanism("profile", chosen.where, flaw.remedy, flaws=(flaw,))
    found = mechanism.of_profile(machine, shared, profile)
    return found or _of_container(machine) or _of_instance(machine)


def _of_default(
    machine: Machine, shared: Shared, default: Profile | None, *, roles_only: bool = False
) -> Mechanism | None:
    # botocore assumes a role of the profile before it looks for a web identity, and asks for
    # everything else in the profile after that.
    if default is None or (roles_only and not mechanism.assumes_role(default)):
        return None
    return mechanism.of_profile(machine, shared, default)


def _of_keys(machine: Machine) -> Mechanism | None:
    key, secret = machine.variable(_KEY), machine.variable(_SECRET)
    if key.value is None:
        return None
    flaws: tuple[Flaw, ...] = ()
    if secret.value is None:
        flaws = (Flaw(f"{key.where} comes without {_SECRET}", f"export {_SECRET} too"),)
    remedy = f"export a new {_KEY} and {_SECRET}, with AWS_SESSION_TOKEN if they are temporary"
    end = machine.variable(_END)
    expires_at = seconds(end.text)
    if expires_at is not None and expires_at <= machine.now:
        flaws = (*flaws, Flaw(f"{key.where} ended at {end.text}", remedy))
    return Mechanism(
        "access keys",
        key.where,
        remedy,
        usable=not flaws,
        flaws=flaws,
        details=(
            Detail("access key", f"…{key.value.ending()}", key.where),
            *((Detail("keys end", end.text, end.where),) if expires_at is not None else ()),
        ),
        expires_at=expires_at,
    )


def _of_web_identity(machine: Machine) -> Mechanism | None:
    file, role = machine.variable(_TOKEN_FILE), machine.variable(_ROLE)
    if file.value is None:
        return None
    flaws: tuple[Flaw, ...] = ()
    if role.value is None:
        flaws = (Flaw(f"{file.where} comes without {_ROLE}", f"export {_ROLE}"),)
    return Mechanism(
        "web identity",
        file.where,
        f"check the token in {file.text} and who may assume the role",
        flaws=flaws,
        details=(Detail("role", role.text, role.where),) if role.value else (),
    )


def _of_container(machine: Machine) -> Mechanism | None:
    for name in _CONTAINER:
        variable = machine.variable(name)
        if variable.value:
            remedy = f"check the service that {name} names, and its authorization token"
            return Mechanism("container", variable.where, remedy)
    return None


def _of_instance(machine: Machine) -> Mechanism:
    disabled = machine.variable(_NO_METADATA)
    # botocore takes nothing but "true" for yes here.
    if disabled.text.lower() == "true":
        flaw = Flaw(f"no AWS credential is configured (and {disabled.where} is true)", _SET_UP)
        return Mechanism("none", disabled.where, _SET_UP, flaws=(flaw,))
    return Mechanism("instance metadata", None, _SET_UP, metadata=True)
