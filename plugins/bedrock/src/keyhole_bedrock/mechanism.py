"""How one profile gets its credential.

https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""

from __future__ import annotations

from keyhole import Machine, Where
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole.source import Detail
from keyhole_bedrock import sso
from keyhole_bedrock.profiles import Profile, Shared

__all__ = ["Mechanism", "assumes_role", "of_profile"]

_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"


@frozen
class Mechanism:
    """One way to an AWS credential.

    Attributes:
        name: What people call it.
        where: Where it is configured; None where nothing is.
        remedy: The next step where it fails.
        usable: True where everything is there; None where only loading can tell.
        flaws: What can be seen to be wrong.
        details: Facts to show.
        metadata: Whether it asks the instance's metadata service.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
    """

    name: str
    where: Where | None
    remedy: str
    usable: bool | None = None
    flaws: tuple[Flaw, ...] = ()
    details: tuple[Detail, ...] = ()
    metadata: bool = False
    expires_at: float | None = None


def assumes_role(profile: Profile) -> bool:
    """Whether a profile stands for a role that another credential assumes."""
    return bool(profile.get("role_arn")) and not profile.get("web_identity_token_file")


def of_profile(
    machine: Machine, shared: Shared, profile: Profile, seen: frozenset[str] = frozenset()
) -> Mechanism | None:
    """How a profile gets its credential; None where it says nothing about that.

    Args:
        machine: The machine.
        shared: Both shared files.
        profile: The profile.
        seen: The profiles that led here, so that a circle ends.
    """
    if assumes_role(profile) and profile.name not in seen:
        return _role(machine, shared, profile, seen | {profile.name})
    if profile.get("web_identity_token_file"):
        return _web_identity(profile)
    if profile.get("sso_session") or profile.get("sso_start_url"):
        return sso_of(machine, shared, profile)
    return _of_one_key(shared, profile)


def _of_one_key(shared: Shared, profile: Profile) -> Mechanism | None:
    # Keys of the credentials file come before a process, those of the config file after it.
    keys = profile.where(_KEY)
    if keys and keys.place == str(shared.credentials):
        return _keys(profile)
    if profile.get("login_session"):
        return Mechanism("login session", profile.where("login_session"), _login("login", profile))
    if profile.get("credential_process"):
        return _process(profile)
    return _keys(profile) if keys else None


def sso_of(machine: Machine, shared: Shared, profile: Profile) -> Mechanism:
    """A profile that signs on at IAM Identity Center."""
    remedy = _login("sso login", profile)
    login = sso.login(machine, shared, profile)
    return Mechanism(
        "single sign-on",
        profile.where("sso_session") or profile.where("sso_start_url"),
        remedy,
        flaws=(Flaw(login.problem, remedy),) if login.problem else (),
        details=(
            *_detail("account", profile, "sso_account_id"),
            *_detail("role", profile, "sso_role_name"),
            *login.details,
        ),
    )


def _role(machine: Machine, shared: Shared, profile: Profile, seen: frozenset[str]) -> Mechanism:
    name = profile.get("source_profile")
    source = shared.profiles.get(name)
    base = of_profile(machine, shared, source, seen) if source else None
    own = profile.get("credential_source")
    return Mechanism(
        "assumed role",
        profile.where("role_arn"),
        base.remedy if base else f"check who may assume the role of profile {profile.name!r}",
        flaws=(
            *(base.flaws if base else ()),
            *_role_flaws(profile, name, found=source is not None, own=own),
        ),
        details=_detail("role", profile, "role_arn"),
        metadata=own == "Ec2InstanceMetadata" or bool(base and base.metadata),
    )


def _role_flaws(profile: Profile, name: str, *, found: bool, own: str) -> tuple[Flaw, ...]:
    flaws = []
    if name and not found:
        where = profile.where("source_profile")
        flaws.append(Flaw(f"{where} names no profile that there is", f"correct {where}"))
    if not name and not own:
        where = profile.where("role_arn")
        flaws.append(
            Flaw(
                f"{where} has neither source_profile nor credential_source beside it",
                f"add source_profile to profile {profile.name!r}",
            )
        )
    if profile.get("mfa_serial"):
        flaws.append(
            Flaw(
                f"{profile.where('mfa_serial')} asks for a code, which only a person can give",
                "set awsCredentialExport in Claude Code's settings to a command that asks for it: "
                f"`aws configure export-credentials --profile {profile.name}`",
            )
        )
    return tuple(flaws)


def _web_identity(profile: Profile) -> Mechanism:
    where = profile.where("web_identity_token_file")
    flaws: tuple[Flaw, ...] = ()
    if not profile.get("role_arn"):
        flaws = (Flaw(f"{where} has no role_arn beside it", "add role_arn there"),)
    return Mechanism(
        "web identity",
        where,
        "check the token in that file and who may assume the role",
        flaws=flaws,
        details=_detail("role", profile, "role_arn"),
    )


def _keys(profile: Profile) -> Mechanism:
    where = profile.where(_KEY)
    remedy = f"`aws configure --profile {profile.name}`"
    flaws: tuple[Flaw, ...] = ()
    if not profile.get(_SECRET):
        flaws = (Flaw(f"{where} comes without {_SECRET}", remedy),)
    ending = profile.entries[_KEY].line.value.ending()
    return Mechanism(
        "access keys",
        where,
        remedy,
        usable=not flaws,
        flaws=flaws,
        details=(
            Detail("access key", f"…{ending}", where),
            *_detail("account", profile, "aws_account_id"),
        ),
    )


def _process(profile: Profile) -> Mechanism:
    where = profile.where("credential_process")
    remedy = f"run the command of {where} by hand: it must print a credential as JSON"
    return Mechanism("credential process", where, remedy)


def _login(command: str, profile: Profile) -> str:
    return f"`aws {command} --profile {profile.name}`"


def _detail(name: str, profile: Profile, key: str) -> tuple[Detail, ...]:
    value = profile.get(key)
    return (Detail(name, value, profile.where(key)),) if value else ()
