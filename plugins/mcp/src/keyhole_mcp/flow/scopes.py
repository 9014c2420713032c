"""Which scopes are asked for."""

from __future__ import annotations

from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.discovery import Discovery

__all__ = ["covers", "initial", "union"]

OFFLINE = "offline_access"
"""The scope of OpenID Connect Core 1.0, section 11, that brings a refresh token."""


def initial(configured: str, challenge: Challenge, discovery: Discovery) -> str:
    """The scope of a sign-in: configured, else of the challenge, else all that the server names.

    `offline_access` joins where the authorization server offers it (SEP-2207).

    Args:
        configured: What a user wants, separated by spaces; empty asks for what is needed.
        challenge: What the server answered to a request without a token, or with one.
        discovery: What the servers say of themselves.
    """
    wanted = configured or challenge.scope or " ".join(discovery.scopes_supported or ())
    offered = discovery.server.scopes_supported or ()
    return union(wanted, OFFLINE) if OFFLINE in offered else wanted


def union(*scopes: str) -> str:
    """All of several scopes, each once, in their order."""
    return " ".join(dict.fromkeys(one for scope in scopes for one in scope.split()))


def covers(scope: str, wanted: str) -> bool:
    """Whether one scope holds all of another."""
    return set(wanted.split()) <= set(scope.split())
