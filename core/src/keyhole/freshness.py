"""When a credential is to be renewed: a pure function of its end and the clock."""

from __future__ import annotations

import enum

__all__ = ["ADVISORY", "MANDATORY", "Freshness", "freshness"]

ADVISORY = 120.0
"""Seconds before the end at which one caller renews and everybody else goes on."""

MANDATORY = 30.0
"""Seconds before the end at which all wait for the one renewal."""

_LARGEST = 0.4
"""The part of its lifetime that the windows of a short-lived credential take at the most."""


class Freshness(enum.Enum):
    """How near a credential is to its end."""

    FRESH = "fresh"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


def freshness(
    expires_at: float | None,
    now: float,
    renew_at: float | None = None,
    *,
    lifetime: float | None = None,
) -> Freshness:
    """How near the end is.

    Args:
        expires_at: The end, in seconds since the epoch; None never ends.
        now: The clock, in seconds since the epoch.
        renew_at: A moment that somebody chose for renewing it: good until then, whatever the
            windows before an end say, and not for one use longer.
        lifetime: How many seconds it was good for when it was issued: the windows of one that
            lives a minute are shorter, or it would be renewed at each use.
    """
    if renew_at is not None and now >= renew_at:
        return Freshness.MANDATORY
    shrink = 1.0 if lifetime is None else min(1.0, max(lifetime, 0.0) * _LARGEST / ADVISORY)
    if expires_at is None or expires_at - now > ADVISORY * shrink:
        return Freshness.FRESH
    near = expires_at - now > MANDATORY * shrink
    return Freshness.ADVISORY if near else Freshness.MANDATORY
