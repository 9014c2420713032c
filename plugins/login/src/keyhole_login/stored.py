"""Claude Code's stored login as it is in `.credentials.json`, or in the macOS keychain.

Documented at https://code.claude.com/docs/en/authentication and observed with 2.1.197 and 2.1.330.
It is only read: whoever used its refresh token would end the login of whoever it belongs to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from keyhole import Secret
from keyhole.flaw import misplaced
from keyhole.frozen import field, frozen
from keyhole.redaction import printable, redact

__all__ = ["KEY", "Stored", "identifier", "read", "text_of"]

KEY = "claudeAiOauth"
"""The object that holds the login, beside those of MCP servers."""

_INFERENCE = "user:inference"
_LONGEST_TEXT = 200


@frozen
class Stored:
    """A login that is there.

    Attributes:
        token: The access token; None where Claude Code blanked it, because it has ended for good.
        renewable: Whether Claude Code has a refresh token for it, which is never read further.
        expires_at: Its end, in seconds since the epoch; None where that is not said.
        infers: Whether it may be used for inference; Claude Code passes over one that may not.
        plan: The subscription: "max"; empty where it is not said.
        organisation: The identifier of the organisation; empty where it is not said.
        problem: What makes it unreadable, as the rest of "it …"; empty if nothing does.
    """

    token: Secret | None
    renewable: bool = False
    expires_at: float | None = None
    infers: bool = True
    plan: str = ""
    organisation: str = field(default="", repr=False)
    problem: str = ""

    def expired(self, now: float) -> bool:
        """Whether it has ended, by this machine's clock in seconds since the epoch."""
        return self.expires_at is not None and self.expires_at <= now


def read(data: Mapping[str, Any]) -> Stored | None:
    """The login in what the file or the keychain holds; None where there is none."""
    login = data.get(KEY)
    if login is None:
        return None
    if not isinstance(login, Mapping):
        return Stored(None, problem="is no object")
    token = login.get("accessToken")
    if not isinstance(token, str | None):
        return Stored(None, problem="holds a token that is no text")
    return _login(Secret(token) if token else None, login)


def text_of(value: object) -> str:
    """A text to show, without what looks like a secret; empty where there is none."""
    return redact(printable(value[:_LONGEST_TEXT])) if isinstance(value, str) else ""


def identifier(value: object) -> str:
    """An identifier to compare, never to show; empty where there is none."""
    return value.strip() if isinstance(value, str) else ""


def _login(token: Secret | None, login: Mapping[str, Any]) -> Stored:
    scopes = login.get("scopes")
    return Stored(
        token,
        renewable=bool(login.get("refreshToken")),
        expires_at=_seconds(login.get("expiresAt")),
        # Where no scopes are said, Claude Code alone can tell.
        infers=not isinstance(scopes, list) or _INFERENCE in scopes,
        plan=text_of(login.get("subscriptionType")),
        organisation=identifier(login.get("organizationUuid")),
        problem=_unsendable(token) if token else "",
    )


def _seconds(milliseconds: object) -> float | None:
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        seconds = milliseconds / 1000
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _unsendable(token: Secret) -> str:
    """What keeps a token from travelling in a header (RFC 6750, section 2.1)."""
    for position, character in enumerate(token.reveal(), start=1):
        kind = misplaced(character)
        if kind:
            return f"holds a token with {kind} at character {position}"
    return ""
