"""When a credential is to be renewed: a pure function of its end and the clock."""

from __future__ import annotations

import enum

__all__ = ["ADVISORY", "MANDATORY", "Freshness", "freshness"]

ADVISORY = 120.0
"""Seconds before the end at which one caller renews and everybody else goes on."""

MANDATORY = 30.0
"""Seconds before the end at which all wait for the one renewal."""


class Freshness(enum.Enum):
    """How near a credential is to its end."""

    FRESH = "fresh"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


def freshness(expires_at: float | None, now: float, renew_at: float | None = None) -> Freshness:
    """How near the end is.

    Args:
        expires_at: The end, in seconds since the epoch; None never ends.
        now: The clock, in seconds since the epoch.
        renew_at: A moment that somebody chose for renewing it: good until then, whatever the
            windows before an end say, and not for one use longer.
    """
    if renew_at is not None and now >= renew_at:
        return Freshness.MANDATORY
    if expires_at is None or expires_at - now > ADVISORY:
        return Freshness.FRESH
    return Freshness.ADVISORY if expires_at - now > MANDATORY else Freshness.MANDATORY
