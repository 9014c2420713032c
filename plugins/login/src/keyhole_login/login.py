"""The source `login`: the login of Claude Code, which is read and never touched.

Claude Code finds and renews it by itself, so that it is handed to nothing but `claude`.
"""

from __future__ import annotations

from keyhole import (
    OAUTH_TOKEN,
    Absent,
    Broken,
    Detail,
    Endpoint,
    Found,
    HeaderCredential,
    Host,
    Ignored,
    Machine,
    Secret,
    Where,
    Wire,
)
from keyhole.document import Document
from keyhole.endpoint import first_party
from keyhole.errors import LoginRequiredError
from keyhole.frozen import field, frozen
from keyhole.moment import moment
from keyhole_login import forced
from keyhole_login.account import account_details, account_place, has_console_key
from keyhole_login.stored import KEY, Stored, read

__all__ = ["LOG_IN", "Login"]

LOG_IN = "`keyhole login`"
WIRE = Wire.login("authorization")


class Login:
    """Claude Code's login: in `.credentials.json`, or in the macOS keychain."""

    name = "login"
    priority = 400
    selectors: frozenset[str] = frozenset()
    billing = "subscription"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        document = machine.json(machine.config_folder / ".credentials.json")
        stored = read(document.data)
        if document.problem:
            finding: Ignored | Broken | Found = _unreadable(document)
        elif stored:
            finding = _in_file(machine, document, stored)
        elif machine.platform == "darwin" and (place := account_place(machine)):
            finding = _in_keychain(machine, place)
        else:
            return Absent(reason=_absence(machine, document))
        return _passed_over(finding) if machine.bare else finding


def _absence(machine: Machine, document: Document) -> str:
    """A state file that names an account is half of a login: a container often has just that."""
    place = account_place(machine)
    if place is None:
        return "Claude Code is not logged in"
    missing = "is not there" if document.missing else "holds no login"
    return f"{place} names an account, and {document.place} {missing}"


def _passed_over(finding: Ignored | Broken | Found) -> Ignored | Broken:
    if finding.where is None:
        raise ValueError("a login that was found has a place")
    return Ignored(
        where=finding.where,
        reason="it is not read in bare mode",
        remedy="leave out --bare, or export ANTHROPIC_API_KEY",
    )


def _unreadable(document: Document) -> Broken:
    return Broken(
        where=document.where(),
        reason=f"the file {document.problem}",
        remedy=f"{LOG_IN}, which writes it anew",
        wire=None,
    )


def _in_file(machine: Machine, document: Document, stored: Stored) -> Ignored | Broken | Found:
    where = document.where(KEY)
    unused = _unused(stored)
    if unused and has_console_key(machine):
        # As Claude Code does: the key of a Console login takes the place of a login that is none.
        return Ignored(where=where, reason=unused, remedy=LOG_IN)
    if unused:
        return Broken(where=where, reason=unused, remedy=LOG_IN, details=account_details(machine))
    warnings: tuple[str, ...] = ()
    if document.exposed:
        warnings = (f"{document.place} can be written by everyone on this machine.",)
    return _usable(machine, where, stored, warnings)


def _unused(stored: Stored) -> str:
    """Why Claude Code itself does not use it; empty where it does."""
    if stored.problem:
        return f"it {stored.problem}"
    if stored.token is None:
        return "the login has ended and could not be renewed: Claude Code emptied it"
    return "" if stored.infers else "it was granted without the scope user:inference"


def _usable(
    machine: Machine, where: Where, stored: Stored, warnings: tuple[str, ...]
) -> Broken | Found:
    endpoint = first_party(machine)
    details = (*account_details(machine), *_facts(stored, machine.now))
    warnings = (*warnings, *endpoint.warnings("the login"), *forced.doubts(machine, stored))
    wrong = _wrong(machine, stored, endpoint)
    if wrong:
        reason, remedy = wrong
        return Broken(
            where=where, reason=reason, remedy=remedy, details=details, warnings=warnings, wire=WIRE
        )
    expired = stored.expired(machine.now)
    return Found(
        where=where,
        load=_Loaded(stored, endpoint, where, expired=expired),
        kind=OAUTH_TOKEN,
        endpoint=endpoint,
        # What is expired and renewable is good for `claude` alone, which renews it.
        usable=None if expired else True,
        expires_at=stored.expires_at,
        details=details,
        warnings=warnings,
        wire=WIRE,
        native=True,
    )


def _wrong(machine: Machine, stored: Stored, endpoint: Endpoint) -> tuple[str, str] | None:
    if endpoint.problem:
        return endpoint.refusal, endpoint.remedy
    if stored.expired(machine.now) and not stored.renewable:
        return f"it ended on {moment(stored.expires_at or 0)} and can't be renewed", LOG_IN
    return forced.refusal(machine, stored)


def _facts(stored: Stored, now: float) -> tuple[Detail, ...]:
    """The plan, and three facts that are easily taken for one: until when, ended, renewable."""
    plan = (Detail("plan", stored.plan),) if stored.plan else ()
    renewable = "yes, by Claude Code when it runs" if stored.renewable else "no"
    return (
        *plan,
        Detail("expired", "yes" if stored.expired(now) else "no"),
        Detail("renewable", renewable),
    )


def _in_keychain(machine: Machine, place: Where) -> Broken | Found:
    """What the keychain holds is known once it is loaded; looking opens none."""
    from keyhole_login import keychain

    endpoint = first_party(machine)
    nothing = Stored(None)
    refused = (endpoint.refusal, endpoint.remedy) if endpoint.problem else None
    wrong = refused or forced.refusal(machine, nothing)
    details = (*account_details(machine), Detail("kept in", "the macOS keychain"))
    if wrong:
        return Broken(where=place, reason=wrong[0], remedy=wrong[1], details=details, wire=WIRE)
    return Found(
        where=place,
        load=keychain.Loader(machine, endpoint, place, LOG_IN),
        kind=OAUTH_TOKEN,
        endpoint=endpoint,
        details=details,
        warnings=(*endpoint.warnings("the login"), *forced.doubts(machine, nothing)),
        wire=WIRE,
        native=True,
    )


@frozen
class _Loaded:
    """Gives what is in the file; it never asks the server for another one."""

    stored: Stored
    endpoint: Endpoint
    where: Where
    expired: bool = field(kw_only=True)

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:  # noqa: ARG002  # what is refused is renewed by Claude Code
        if self.expired or self.stored.token is None:
            raise LoginRequiredError(
                "Claude Code's login has expired, and only Claude Code renews it",
                where=str(self.where),
                remedy="start `claude` once, which renews it",
            )
        return HeaderCredential(
            OAUTH_TOKEN, self.stored.token, self.endpoint.url, self.stored.expires_at
        )
