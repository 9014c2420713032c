"""The keys of the table `[helper]` in keyhole's configuration."""

from __future__ import annotations

from math import isfinite

from keyhole import Option

__all__ = ["CACHE", "DEPENDS_ON", "TIMEOUT"]


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and value > 0 else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _names(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(name, str) and name for name in value):
        return tuple(value)
    return None


TIMEOUT = Option("helper.timeout", "a number of seconds above 0", _seconds, 30.0)
"""How long a helper may run before it is ended with all that it started."""

CACHE = Option("helper.cache", "true or false", _truth, default=True)
"""Whether what a helper printed is kept for this user's other processes."""

DEPENDS_ON = Option(
    "helper.depends_on",
    "a list of names of variables",
    _names,
    ("AWS_PROFILE", "VAULT_ADDR", "VAULT_NAMESPACE", "GOOGLE_CLOUD_PROJECT"),
)
"""The variables that decide whose value a helper prints: each value is kept for its own."""
