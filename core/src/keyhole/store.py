"""What a token store is: a place that keeps records by key, with one writer at a time."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from keyhole.frozen import frozen

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole.record import TokenRecord

__all__ = ["Availability", "Slot", "State", "StoreFactory", "TokenStore"]


class State(enum.Enum):
    """Whether a store can be used."""

    USABLE = "usable"
    ABSENT = "absent"
    """There is none on this machine (no keyring service, no server configured)."""
    UNUSABLE = "unusable"
    """There is one, and it can't be used now (locked, hung, unreachable, not writable)."""


@frozen
class Availability:
    """What a store says of itself.

    Attributes:
        state: Whether it can be used.
        protected: Whether what it keeps is encrypted at rest, or out of other programs' reach.
        where: The place as a person would look for it: a folder, "Secret Service", a server.
        reason: Why it can't be used; empty where it can.
        remedy: What to do about that.
    """

    state: State
    protected: bool
    where: str
    reason: str = ""
    remedy: str = ""

    @property
    def usable(self) -> bool:
        """Whether it can be used."""
        return self.state is State.USABLE


class Slot(Protocol):
    """A key that is held exclusively."""

    @property
    def record(self) -> TokenRecord | None:
        """What is kept, read after the key was taken, or as it was replaced since."""

    def replace(self, record: TokenRecord) -> None:
        """Keeps a record durably, in the place of what is there; it was read back when this ends.

        Raises:
            LeaseError: The holder slept past its lease, and another may have taken over.
            StoreError: It could not be kept; what was there before is still there.
        """

    def delete(self) -> None:
        """Forgets the record; nothing happens where there is none.

        Raises:
            LeaseError: The holder slept past its lease, and another may have taken over.
            StoreError: It could not be removed.
        """


class TokenStore(Protocol):
    """A place that keeps records by key.

    Attributes:
        name: Unique, kebab-case: "keyring".
        priority: The higher is preferred.
    """

    name: str
    priority: int

    def status(self) -> Availability:
        """Whether it can be used now; answers within 3 seconds and never raises."""

    def read(self, key: str) -> TokenRecord | None:
        """What is kept under a key; None says that there is certainly nothing.

        Raises:
            StoreError: It can't be read; an outage never looks like "nothing".
        """

    def exclusive(self, key: str, *, timeout: float) -> AbstractContextManager[Slot]:
        """Holds a key: one holder among all threads and processes, for a shared store all hosts.

        It may be left on another thread than it was entered on.

        Args:
            key: Any text without secrets.
            timeout: How many seconds to wait for it; 0 tries once.

        Raises:
            BusyError: Another holds it, with who that is where it can be known.
            StoreError: The store can't be used.
        """


@frozen
class StoreFactory:
    """A store that a plugin offers, before it is opened.

    Attributes:
        name: The name of the store: what `[stores] use` says.
        priority: The higher is preferred; static data.
        open: Opens it for a machine; may import its library, must not touch the network.
        lasting: Whether it keeps what it has when the process ends. One that does not is never
            chosen without being named, and nothing is moved to it.
    """

    name: str
    priority: int
    open: Callable[[Machine], TokenStore]
    lasting: bool = True
