"""The judgements that probes share; each raises `Failed` with what the client did."""

from __future__ import annotations

from collections.abc import Sequence

from keyhole_mcp.testing.client import Ended
from keyhole_mcp.testing.lab import Lab, last_line
from keyhole_mcp.testing.place import Place
from keyhole_mcp.testing.probe import Failed
from keyhole_mcp.testing.steps import call

__all__ = [
    "asked",
    "nobody_asked",
    "nothing_strays",
    "refreshed",
    "refused",
    "signed_in",
    "succeeded",
    "untouched",
]


_SIGNALS = 128
"""Shells give exit codes from here on to programs that a signal has ended."""


def succeeded(ends: Ended | Sequence[Ended]) -> None:
    """Each client did what it was told."""
    several = [ends] if isinstance(ends, Ended) else ends
    wrong = [one for one in several if one.code]
    if wrong:
        many = f"{len(wrong)} of {len(several)} " if len(several) > 1 else ""
        raise Failed(f"{many}ended with {wrong[0].code}: {last_line(wrong[0].said)}")


def refused(end: Ended) -> None:
    """The client ended with an error of its own; a crash is none."""
    if end.code == 0:
        raise Failed("went on and succeeded")
    if end.code is None or not 0 < end.code < _SIGNALS:
        raise Failed(f"crashed with {end.code}")


def signed_in(lab: Lab, *, lifetime: int = 3600) -> None:
    """A first process has signed in, and has left its tokens in the store.

    Args:
        lab: Where.
        lifetime: How many seconds the server says that its access token lasts.
    """
    lab.authorization.book.lifetime = lifetime
    succeeded(lab.run(call("echo")))
    if not lab.authorization.visits:
        raise Failed("no browser was sent to the authorization server")


def nobody_asked(lab: Lab, before: int) -> None:
    """No browser was opened since there had been `before` authorizations."""
    more = lab.browsers - before
    if more > 0:
        raise Failed(f"opened a browser {more} times" if more > 1 else "opened a browser")


def nothing_strays(lab: Lab) -> None:
    """Nothing came to the MCP server's own origin but what belongs there."""
    if uses := lab.server.stray.uses:
        raise Failed(f"sent {uses[0]} to the MCP server's own origin")


def refreshed(lab: Lab, times: int) -> None:
    """There were so many refreshes, and no token came twice."""
    asked, reused = len(lab.authorization.refreshes), lab.authorization.book.reused
    if reused:
        raise Failed(f"used a refresh token twice: {asked} refreshes, {reused} refused")
    if asked != times:
        raise Failed(f"refreshed {asked} times, not {times}")


def untouched(place: Place, what: str) -> None:
    """A place that nobody should ask was not asked."""
    if place.seen:
        raise Failed(f"sent {place.seen[0]} to {what}")


def asked(place: Place, wanted: str) -> None:
    """What a probe is about was reached at all; else a refusal says nothing."""
    if not place.count(wanted):
        raise Failed(f"never asked for {wanted}")
