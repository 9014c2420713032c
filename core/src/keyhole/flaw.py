"""What is visibly wrong or missing, collected so that it is all said at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keyhole.frozen import frozen
from keyhole.secret import Secret

__all__ = ["Flaw", "misplaced", "of_token", "reasons", "remedies"]

_PREFIX = re.compile(r"bearer\s+", re.IGNORECASE)


@frozen
class Flaw:
    """One reason why a credential can't be used.

    Attributes:
        reason: What is wrong, as a clause.
        remedy: What to do about it.
    """

    reason: str
    remedy: str


def reasons(flaws: Iterable[Flaw]) -> str:
    """All that is wrong, in one line."""
    return "; ".join(flaw.reason for flaw in flaws)


def remedies(flaws: Iterable[Flaw]) -> str:
    """All that is to be done, each thing once."""
    return "; ".join(dict.fromkeys(flaw.remedy for flaw in flaws))


def of_token(name: str, value: Secret) -> Flaw | None:
    """What keeps a variable's value from travelling in a header; None where nothing does.

    A header field takes no control characters (RFC 9110 section 5.5), and a bearer token no white
    space at all (RFC 6750 section 2.1).

    Args:
        name: The variable.
        value: What it holds.

    Returns:
        A flaw whose reason is the rest of "the value …", or of "NAME …".
    """
    text = value.reveal()
    if _PREFIX.match(text):
        return Flaw(
            "begins with 'Bearer ', which is added when it is sent",
            f"remove 'Bearer ' from {name}",
        )
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return Flaw(
            "stands in quotes, which are sent with it",
            f"set {name} without them; `docker run --env-file` takes a line as it stands",
        )
    for position, character in enumerate(text, start=1):
        kind = misplaced(character)
        if kind:
            return Flaw(f"has {kind} at character {position}", f"set {name} again, on one line")
    return None


def misplaced(character: str) -> str:
    """What kind of character this is that no token has; empty for one that it may have."""
    if character in "\r\n":
        return "a line break"
    if character.isspace():
        return "white space"
    if not character.isascii():
        return "a character outside ASCII"
    return "" if character.isprintable() else "a control character"
