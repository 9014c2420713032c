"""What is visibly wrong or missing, collected so that it is all said at once."""

from __future__ import annotations

import attrs

from keyhole import Secret

__all__ = ["Flaw", "shape"]


@attrs.frozen
class Flaw:
    """One thing that has to change.

    Attributes:
        reason: What is wrong, as a clause of its own.
        remedy: What to do about it.
    """

    reason: str
    remedy: str


def shape(name: str, value: Secret) -> tuple[Flaw, ...]:
    """What keeps a variable's value from being sent in a header (RFC 9110 section 5.5)."""
    text = value.reveal()
    if text.lower().startswith("bearer "):
        return (
            Flaw(
                f"{name} begins with 'Bearer ', which is added when it is sent",
                f"remove 'Bearer ' from {name}",
            ),
        )
    for position, character in enumerate(text, start=1):
        if not "!" <= character <= "~":
            return (
                Flaw(
                    f"{name} has a character at position {position} that no header carries",
                    f"set {name} again, on one line",
                ),
            )
    return ()
