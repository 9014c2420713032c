"""Whether a kept key is still used as it is: what a helper looks at first, and mostly alone."""

from __future__ import annotations

from keyhole.freshness import Freshness, freshness
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole_vault_helper.options import OFFLINE, REFRESH

__all__ = ["PART", "due", "is_fresh", "last_use"]

PART = 2 / 3
"""After this part of its time a token or a lease is renewed, as the vendors' agents do it."""


def due(record: TokenRecord, machine: Machine) -> float | None:
    """When the vault is asked again, in seconds since the epoch; None where nothing is kept."""
    if record.issued_at is None:
        return None
    if record.lifetime is not None:
        return record.issued_at + record.lifetime * PART
    notes = record.extra.get("vault")
    hint = notes.get("refresh") if isinstance(notes, dict) else None
    seconds: float = machine.config.get(REFRESH)
    wanted = hint if isinstance(hint, int | float) and hint > 0 else seconds
    return record.issued_at + min(seconds, wanted)


def last_use(record: TokenRecord, machine: Machine) -> float | None:
    """Until when the key goes on working while the vault is away, in seconds since the epoch."""
    if record.expires_at is not None or record.issued_at is None:
        return record.expires_at
    seconds: float = machine.config.get(OFFLINE)
    return record.issued_at + seconds


def is_fresh(record: TokenRecord | None, machine: Machine, now: float) -> bool:
    """Whether it is used without asking anybody."""
    if record is None or record.access_token is None or record.issued_at is None:
        return False
    asks_again = due(record, machine)
    # A clock that was set back must not keep an old key for ever.
    if record.issued_at > now or (asks_again is not None and asks_again <= now):
        return False
    state = freshness(record.expires_at, now, lifetime=record.lifetime)
    return state is Freshness.FRESH
