"""A moment as people read it."""

from __future__ import annotations

__all__ = ["moment"]


def moment(seconds: float) -> str:
    """A moment in UTC, to the minute.

    Args:
        seconds: Since the epoch.
    """
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "a moment that no calendar has"
