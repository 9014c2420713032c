"""The contract of a credential source, and the four things that it can say about a machine."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Protocol, TypeAlias

from keyhole.credential import Credential, Kind
from keyhole.endpoint import Endpoint
from keyhole.frozen import field, frozen
from keyhole.secret import Secret
from keyhole.variable import Setting, Variable
from keyhole.where import Where
from keyhole.wire import Wire

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine

__all__ = [
    "Absent",
    "Broken",
    "CredentialSource",
    "Detail",
    "Finding",
    "Found",
    "Ignored",
    "missing",
    "passed_over",
]


@frozen
class Detail:
    """A fact to show beside a finding (region, account, profile), with its own place."""

    name: str
    value: str
    where: Where | None = None


@frozen(kw_only=True)
class Absent:
    """Not configured on this machine.

    Attributes:
        reason: One clause that says what is not there.
        warnings: Sentences for the user.
    """

    reason: str
    warnings: tuple[str, ...] = ()
    where: None = field(default=None, init=False)
    wire: None = field(default=None, init=False)


@frozen(kw_only=True)
class Ignored:
    """Configured, and deliberately passed over.

    Attributes:
        where: Where it is configured.
        reason: Why it does not count.
        remedy: What would make it count.
        warnings: Sentences for the user.
        wire: What Claude Code would fill with it all the same; None if nothing.
    """

    where: Where
    reason: str
    remedy: str
    warnings: tuple[str, ...] = ()
    wire: Wire | None = None


@frozen(kw_only=True)
class Broken:
    """Configured, and visibly unusable. It wins like `Found`: nothing takes its place in silence.

    Attributes:
        where: Where it is configured; None where that can't be said.
        reason: What is wrong with it.
        remedy: What to do about it.
        details: Facts to show.
        warnings: Sentences for the user.
        wire: What Claude Code would fill with it.
    """

    where: Where | None
    reason: str
    remedy: str
    details: tuple[Detail, ...] = ()
    warnings: tuple[str, ...] = ()
    wire: Wire | None = None


@frozen(kw_only=True)
class Found:
    """Configured.

    Attributes:
        where: Where it is configured.
        load: Does the work and returns the credential. It is called with the host and, after a
            401, with the value that was refused. It may block; the core calls it once for all.
        kind: What the credential is; None where only loading can tell.
        endpoint: Which host it is for, and where that was set; None where only loading can tell.
        usable: Whether it can be used; None where only loading can tell.
        problem: Why it can't be, where `usable` is False.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
        details: Facts to show.
        warnings: Sentences for the user.
        wire: What Claude Code would fill with it.
        native: Whether `claude` finds this by itself and renews it there, so that it needs no
            variable for it.
    """

    where: Where
    load: Callable[[Host, Secret | None], Credential] = field(repr=False)
    kind: Kind | None = None
    endpoint: Endpoint | None = None
    usable: bool | None = None
    problem: str = ""
    expires_at: float | None = None
    details: tuple[Detail, ...] = ()
    warnings: tuple[str, ...] = ()
    wire: Wire | None = None
    native: bool = False


Finding: TypeAlias = Absent | Ignored | Broken | Found


class CredentialSource(Protocol):
    """Knows one place where a credential may be found.

    Attributes:
        name: Unique, in kebab-case: "api-key".
        priority: The rank; the higher is asked first. Static data, never computed.
        selectors: Variables that choose this source; removed from a child that must not use it.
        billing: One of `keyhole.tiers.BILLINGS`.
    """

    @property
    def name(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def selectors(self) -> AbstractSet[str]: ...
    @property
    def billing(self) -> str: ...

    def find(self, machine: Machine) -> Finding:
        """What this machine has, found by looking alone: no effects, no network, no program."""


def missing(value: Variable | Setting, wire: Wire | None = None) -> Absent | Ignored:
    """The finding for a variable or setting that has no value that counts.

    Args:
        value: The variable or setting.
        wire: What Claude Code would fill with a value that is passed over here.
    """
    if value.passed_over:
        first = value.passed_over[0]
        return Ignored(
            where=first.where, reason=first.why.reason, remedy=first.why.remedy, wire=wire
        )
    if isinstance(value, Setting):
        if value.where:
            return Absent(reason=f"{value.where} is empty, which switches it off")
        return Absent(reason=f"{value.name} is not set in any settings")
    warnings = (f"{value.absence}.",) if value.blank else ()
    return Absent(reason=value.absence, warnings=warnings)


def passed_over(*values: Variable | Setting) -> tuple[str, ...]:
    """A warning for each stronger place whose say did not count."""
    return tuple(str(over) for value in values for over in value.passed_over)
