"""What stands in the way, collected: everything that is missing is named together."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

__all__ = ["Flaw", "reasons", "remedies"]


@attrs.frozen
class Flaw:
    """One thing that keeps Vertex AI from being used.

    Attributes:
        reason: What is wrong, as a clause.
        remedy: Google's own next step.
        by_sign_in: Whether signing in anew may mend it.
    """

    reason: str
    remedy: str
    by_sign_in: bool = False


def reasons(flaws: Iterable[Flaw]) -> str:
    """All that is wrong, in one line."""
    return "; ".join(flaw.reason for flaw in flaws)


def remedies(flaws: Iterable[Flaw]) -> str:
    """All that is to be done, each thing once."""
    return "; ".join(dict.fromkeys(flaw.remedy for flaw in flaws))
