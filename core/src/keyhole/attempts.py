"""Asking an authorization server for the next token: how often, how long apart, and when not.

What is slow, broken or unreachable gets another chance; what the server refuses does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyhole.errors import InvalidGrantError, NetworkError, ServerError
from keyhole.host import Host
from keyhole.record import TokenRecord

if TYPE_CHECKING:
    from keyhole.renewal import Renewed

__all__ = [
    "ATTEMPTS",
    "BACK_OFF",
    "LONGEST_BACK_OFF",
    "asked",
    "back_off",
    "check_back_off",
    "lost",
]

ATTEMPTS = 3
"""How often the server is asked, where nobody can go on without a new token."""

PAUSE = 0.5
"""Seconds before the second attempt; each later pause is twice as long."""

LONGEST_PAUSE = 5.0
"""Seconds that one waits for a server that asks to wait; longer is left to the next caller."""

BACK_OFF = 5.0
"""Seconds without another try, by anybody, after all attempts failed."""

LONGEST_BACK_OFF = 300.0
"""A server can't keep everybody away for longer than these seconds."""


def asked(
    refresh: Callable[[TokenRecord], Renewed],
    record: TokenRecord,
    host: Host,
    *,
    attempts: int,
    still_held: Callable[[], None],
) -> Renewed:
    """What a refresh gives, at last.

    Args:
        refresh: Asks the server once.
        record: What it is asked with.
        host: Waits between two attempts.
        attempts: How often it is asked, at least once.
        still_held: Makes sure, before another attempt, that nobody else asks with the same; what it
            raises ends the attempts.

    Raises:
        InvalidGrantError: The server refuses for good; it says so where an attempt was lost.
        NetworkError: No attempt got an answer that is of use.
        OAuthError: The server refuses for another reason.
    """
    pause, ended = PAUSE, ""
    for attempt in range(1, attempts + 1):
        try:
            return refresh(record)
        except InvalidGrantError as error:
            raise InvalidGrantError(error.problem + ended, where=error.where) from error
        except NetworkError as error:
            if not isinstance(error, ServerError):
                ended = lost("an attempt just before")
            wanted = getattr(error, "retry_after", None) or pause
            if attempt == attempts or wanted > LONGEST_PAUSE:
                raise
            host.wait(wanted)
            still_held()
            pause *= 2
    raise AssertionError("there is at least one attempt")


def back_off(error: NetworkError) -> float:
    """For how many seconds everybody leaves the server alone after a failure."""
    wanted = error.retry_after if isinstance(error, ServerError) else None
    return min(BACK_OFF if wanted is None else wanted, LONGEST_BACK_OFF)


def check_back_off(record: TokenRecord, now: float, *, about: str) -> None:
    """Leaves a server alone that has just failed, whoever it failed.

    Args:
        record: The record, with the moment until which nobody asks.
        now: The clock, in seconds since the epoch.
        about: What the token is for.

    Raises:
        ServerError: With how long.
    """
    left = 0.0 if record.retry_at is None else record.retry_at - now
    # A clock that was set back must not keep everybody away for ever.
    if 0 < left <= LONGEST_BACK_OFF:
        raise ServerError(
            f"renewing the token for {about} failed a moment ago; "
            f"the server is asked again in {left:.0f} seconds",
            retry_after=left,
        )


def lost(what: str) -> str:
    """What may have spent the refresh token of a login that the server has ended."""
    return (
        f"; {what} was under way and its answer was lost: the server may have renewed the login "
        "then, and this is the old one"
    )
