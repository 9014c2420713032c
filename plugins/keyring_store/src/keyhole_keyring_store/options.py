"""The keys of the table `[keyring]` in keyhole's configuration."""

from __future__ import annotations

from keyhole import Option

__all__ = ["TIMEOUT"]

_LONGEST = 600


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= _LONGEST else None


TIMEOUT = Option("keyring.timeout", f"a number of seconds, at most {_LONGEST}", _seconds, 3.0)
"""How long one answer of the keyring is waited for; `keyhole status` waits 2.5 at most."""
