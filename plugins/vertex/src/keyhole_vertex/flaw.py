"""What stands in the way of Vertex AI, and whether signing in anew may mend it."""

from __future__ import annotations

from keyhole import flaw
from keyhole.frozen import frozen

__all__ = ["Flaw"]


@frozen
class Flaw(flaw.Flaw):
    """One thing that keeps Vertex AI from being used; its remedy is Google's own next step.

    Attributes:
        by_sign_in: Whether signing in anew may mend it.
    """

    by_sign_in: bool = False
