"""The login at IAM Identity Center that the AWS tools keep for a profile.

https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html says where and how.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha1

from keyhole import Machine
from keyhole.document import Document
from keyhole.frozen import frozen
from keyhole.source import Detail
from keyhole_bedrock.profiles import Profile, Shared

__all__ = ["Login", "login", "seconds"]


@frozen
class Login:
    """What is kept of a login.

    Attributes:
        problem: Why it can't be used, as a clause; empty where nothing speaks against it.
        details: Its end.
    """

    problem: str = ""
    details: tuple[Detail, ...] = ()


def login(machine: Machine, shared: Shared, profile: Profile) -> Login:
    """The login of a profile, and whether it has ended for good."""
    kept = _kept(machine, shared, profile)
    if kept.missing or not kept.get("accessToken"):
        return Login(f"nobody is signed on for profile {profile.name!r}")
    said = kept.get("expiresAt")
    ends = seconds(said)
    if ends is None:
        return Login()
    details = (Detail("login ends", str(said), kept.where("expiresAt")),)
    if ends <= machine.now and not kept.get("refreshToken"):
        return Login(f"the sign-on for profile {profile.name!r} ended at {said}", details)
    return Login(details=details)


def seconds(text: object) -> float | None:
    """A time as AWS writes it, in seconds since the epoch; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("UTC", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _kept(machine: Machine, shared: Shared, profile: Profile) -> Document:
    session = profile.get("sso_session")
    section = shared.sso_sessions.get(session)
    # The file is named after the session, or, in profiles of the older kind, after its address.
    name = session if section else profile.get("sso_start_url")
    digest = sha1(name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return machine.json(machine.home / ".aws" / "sso" / "cache" / f"{digest}.json")
