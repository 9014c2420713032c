"""The small interface behind which every kind of vault stands.

A third party adds one with one file: a class that fulfils `Vault`, and an entry point in the group
`keyhole.vaults` whose name is what `[vault] backend` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from keyhole.frozen import field, frozen
from keyhole.secret import Secret

if TYPE_CHECKING:
    from keyhole.flaw import Flaw
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.record import TokenRecord
    from keyhole.source import Detail

__all__ = ["Opener", "Reading", "Step", "Vault"]


@frozen
class Reading:
    """What a vault gave.

    Attributes:
        value: The key.
        ends_at: The end of its lease, in seconds since the epoch; None where it has none.
        issued_at: When the lease began, likewise.
        notes: What the vault wants to know when it is asked again: JSON, kept beside the key.
    """

    value: Secret
    ends_at: float | None = None
    issued_at: float | None = None
    notes: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen
class Step:
    """One step of the way to a key.

    Attributes:
        name: What is looked at: "policy".
        look: Says what it found there; raises VaultError with a remedy where the way ends.
    """

    name: str
    look: Callable[[], str]


class Vault(Protocol):
    """A place in a vault, as the configuration names it.

    Attributes:
        key: What tells it from other places; no secret. What is kept of it is kept under this.
        about: The place for people: "api_key at secret/anthropic in https://vault.acme.example".
        flaw: What is visibly wrong with the configuration; None where nothing is.
        details: Facts to show in `status`.
        warnings: Sentences for the user.
    """

    @property
    def key(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def flaw(self) -> Flaw | None: ...
    @property
    def details(self) -> tuple[Detail, ...]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...

    def read(self, host: Host, kept: TokenRecord) -> Reading:
        """Reads the key, or makes the lease of the kept one longer; one caller at a time.

        Args:
            host: What may be done.
            kept: What was read before, with its notes under `extra["vault"]`.

        Raises:
            OutageError: The vault gives nobody anything now.
            VaultError: It does not give this key.
        """

    def steps(self, host: Host) -> Sequence[Step]:
        """The way to the key, for `keyhole vault check`."""

    def forget(self, host: Host, kept: TokenRecord | None) -> tuple[str, ...]:
        """Ends what keyhole got for itself (tokens, leases); says what was ended.

        Args:
            host: What may be done.
            kept: What was read; None where nothing is kept.

        Raises:
            OutageError: The vault can't be told now; what keyhole kept is forgotten all the same.
        """


Opener: TypeAlias = Callable[["Machine"], Vault]
"""What an entry point names: looks at a machine, and raises ConfigError alone."""
