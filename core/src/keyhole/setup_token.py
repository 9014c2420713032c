"""What is known of a `claude setup-token`, which itself says neither when it began nor ends.

The token lasts a year (https://code.claude.com/docs/en/authentication). `keyhole setup-token` keeps
its date under its digest, never the token itself; whoever finds that token can count down.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from keyhole.frozen import frozen
from keyhole.moment import moment
from keyhole.secret import Secret

if TYPE_CHECKING:
    from keyhole.machine import Machine

__all__ = ["KIND", "LIFETIME", "SetupToken", "setup_token"]

KIND = "setup-tokens"
"""The name of the records."""

LIFETIME = 365 * 86400.0
"""Seconds that such a token lasts."""

_WARN = 30 * 86400.0
_DAY = 86400.0


@frozen
class SetupToken:
    """A token whose date was recorded.

    Attributes:
        made_at: When it was made, in seconds since the epoch.
        now: The moment of the look, by the same clock.
    """

    made_at: float
    now: float

    @property
    def ends_at(self) -> float:
        """When it ends, in seconds since the epoch."""
        return self.made_at + LIFETIME

    @property
    def ended(self) -> bool:
        """Whether its year is over."""
        return self.ends_at <= self.now

    @property
    def problem(self) -> str:
        """Why it can't be used, as the rest of "it …"; empty where it can."""
        if not self.ended:
            return ""
        return f"is a setup token that ended on {moment(self.ends_at)}; `keyhole setup-token`"

    def warnings(self, name: str) -> tuple[str, ...]:
        """A sentence in the last 30 days; none before that."""
        left = self.ends_at - self.now
        if not 0 < left <= _WARN:
            return ()
        days = math.ceil(left / _DAY)
        return (
            f"{name} holds a setup token that ends in {days} day{'s' if days > 1 else ''} "
            f"({moment(self.ends_at)}): `keyhole setup-token` makes the next one.",
        )


def setup_token(machine: Machine, value: Secret) -> SetupToken | None:
    """What was recorded of a token; None where nothing was, or it can't be read."""
    if not machine.decided(KIND):
        return None
    made_at = machine.decision(KIND, value.digest()).get("made_at")
    if not isinstance(made_at, int | float) or isinstance(made_at, bool):
        return None
    return SetupToken(float(made_at), machine.now) if abs(made_at) < 1e11 else None  # noqa: PLR2004  # a moment that a calendar has
