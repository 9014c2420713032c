"""What can be seen to be wrong with a token before it is sent."""

from __future__ import annotations

import re

import attrs

from keyhole.secret import Secret

__all__ = ["Flaw", "flaw"]

API_KEY = "sk-ant-api"
OAUTH_TOKEN = "sk-ant-oat"  # noqa: S105  # a prefix, no secret

_PREFIX = re.compile(r"bearer\s+", re.IGNORECASE)


@attrs.frozen
class Flaw:
    """Why a value can't be what its variable says.

    Attributes:
        reason: What is wrong, as the rest of "the value …".
        remedy: What to do about it.
    """

    reason: str
    remedy: str


def flaw(name: str, value: Secret) -> Flaw | None:
    """What makes a variable's value impossible in a header; None where nothing does.

    A header field takes no control characters (RFC 9110 section 5.5), and a bearer token no white
    space at all (RFC 6750 section 2.1).
    """
    text = value.reveal()
    if _PREFIX.match(text):
        return Flaw(
            "begins with 'Bearer ', which is added when it is sent",
            f"remove 'Bearer ' from {name}",
        )
    for position, character in enumerate(text, start=1):
        kind = _misplaced(character)
        if kind:
            return Flaw(f"has {kind} at character {position}", f"set {name} again, on one line")
    return None


def _misplaced(character: str) -> str:
    if character in "\r\n":
        return "a line break"
    if character.isspace():
        return "white space"
    if not character.isascii():
        return "a character outside ASCII"
    return "" if character.isprintable() else "a control character"
