"""A second process with the first one's store: nobody is asked again."""

from __future__ import annotations

from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import (
    nobody_asked,
    nothing_strays,
    refreshed,
    signed_in,
    succeeded,
)

__all__ = ["PROBES"]

SHORT = 2
"""Seconds that an access token lasts which is to expire."""


def _good_token(lab: Lab) -> str:
    signed_in(lab)
    before = len(lab.authorization.site.seen)
    succeeded(lab.run(call("echo")))
    nobody_asked(lab, 1)
    more = lab.authorization.site.seen[before:]
    if more:
        raise Failed(f"sent {more[0]} though it holds a good token")
    return "no request to the authorization server"


def _expired(lab: Lab) -> str:
    signed_in(lab, lifetime=SHORT)
    lab.authorization.book.let_them_expire()
    done, before = len(lab.authorization.refreshes), len(lab.authorization.site.seen)
    end = lab.run(call("echo"))
    nobody_asked(lab, 1)
    succeeded(end)
    refreshed(lab, done + 1)
    return f"1 refresh, {len(lab.authorization.site.seen) - before} requests there in all"


def _stays_home(lab: Lab) -> str:
    signed_in(lab, lifetime=SHORT)
    lab.authorization.book.let_them_expire()
    lab.run(call("echo"))
    if posted := lab.server.stray.refreshes:
        times = f"{len(posted)} times" if len(posted) > 1 else "once"
        raise Failed(f"posted its refresh token to the MCP server's own /token, {times}")
    nothing_strays(lab)
    return "nothing was posted to the MCP server"


def _rotation(lab: Lab) -> str:
    signed_in(lab, lifetime=SHORT)
    for _ in range(3):
        lab.authorization.book.lifetime = SHORT
        lab.authorization.book.let_them_expire()
        done = len(lab.authorization.refreshes)
        end = lab.run(call("echo"))
        nobody_asked(lab, 1)
        succeeded(end)
        refreshed(lab, done + 1)
    return "3 processes, 3 refreshes"


PROBES = (
    Probe("restart", "uses its stored token after a restart", _good_token),
    Probe("restart-expired", "refreshes an expired token after a restart", _expired),
    Probe("refresh-home", "posts no refresh token to the MCP server", _stays_home),
    Probe("rotation", "keeps up with rotation, process after process", _rotation),
)
