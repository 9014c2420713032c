"""keyhole's own checks."""

from __future__ import annotations

from keyhole import Check
from keyhole_audit.checks import dangers, helpers, keeping, literals, rivals, servers
from keyhole_audit.literals import Literals

__all__ = ["checks"]


def checks() -> list[Check]:
    """All of them; they share one search for secrets."""
    found = Literals()
    return [
        *literals.checks(found),
        *dangers.checks(),
        *helpers.checks(),
        *rivals.checks(found),
        *keeping.checks(found),
        *servers.checks(found),
    ]
