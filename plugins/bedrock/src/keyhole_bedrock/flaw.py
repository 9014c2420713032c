"""Something that is missing or wrong, with what to do about it."""

from __future__ import annotations

import attrs

__all__ = ["Flaw"]


@attrs.frozen
class Flaw:
    """One of perhaps several reasons why a credential can't be used.

    Attributes:
        reason: What is wrong, as a clause of its own.
        remedy: What to do about it.
    """

    reason: str
    remedy: str
