"""What Claude Code itself would send, predicted from what the findings declare.

Claude Code fills `Authorization` and `x-api-key` independently of each other, so that two
credentials can leave at once. Measured rules: a cloud provider alone counts where one is switched
on; else each header goes to the first credential that claims it; and only where none claims any,
to the first login.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

from keyhole.frozen import frozen

__all__ = ["HEADERS", "Slot", "Wire", "predict"]

HEADERS = ("authorization", "x-api-key")
"""The two headers that carry a credential."""


class Slot(enum.Enum):
    """In which of Claude Code's three ways a credential takes part."""

    PROVIDER = "provider"
    HEADER = "header"
    LOGIN = "login"


@frozen
class Wire:
    """What a credential would fill in Claude Code.

    Attributes:
        slot: How it takes part.
        headers: The headers it claims, in lower case.
    """

    slot: Slot
    headers: frozenset[str]

    @classmethod
    def provider(cls, *headers: str) -> Wire:
        """A cloud provider, which displaces everything else."""
        return cls(Slot.PROVIDER, frozenset(headers))

    @classmethod
    def header(cls, *headers: str) -> Wire:
        """A credential that claims headers for itself."""
        return cls(Slot.HEADER, frozenset(headers))

    @classmethod
    def login(cls, *headers: str) -> Wire:
        """A login, used where no other credential is there."""
        return cls(Slot.LOGIN, frozenset(headers))


def predict(wires: Iterable[tuple[str, Wire]]) -> Mapping[str, str | None]:
    """Which source would fill each header.

    Args:
        wires: Source names with what they declare, in Claude Code's own order.
    """
    declared = list(wires)
    for slot in (Slot.PROVIDER, Slot.LOGIN):
        first = next(((name, wire) for name, wire in declared if wire.slot is slot), None)
        rivals = slot is Slot.LOGIN and any(wire.slot is Slot.HEADER for _, wire in declared)
        if first and not rivals:
            name, wire = first
            return {header: name if header in wire.headers else None for header in HEADERS}
    return {header: _claimant(declared, header) for header in HEADERS}


def _claimant(declared: Iterable[tuple[str, Wire]], header: str) -> str | None:
    claims = (
        name for name, wire in declared if wire.slot is Slot.HEADER and header in wire.headers
    )
    return next(claims, None)
