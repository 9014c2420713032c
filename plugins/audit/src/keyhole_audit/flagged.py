"""What a check found, and what became of it."""

from __future__ import annotations

from pathlib import Path

import attrs

from keyhole import Check, Notice, Severity

__all__ = ["Excepted", "Flagged", "Report"]


@attrs.frozen
class Flagged:
    """A notice with the check that gave it."""

    check: Check
    notice: Notice

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """Where it belongs in a list: the worst first, then by place."""
        where = self.notice.where
        severity = list(Severity).index(self.check.severity)
        return severity, where.place, where.line or 0, self.check.code


@attrs.frozen
class Excepted:
    """A notice that somebody excepted.

    Attributes:
        flagged: The notice.
        reason: Why.
        by: Where the exception stands.
    """

    flagged: Flagged
    reason: str
    by: str


@attrs.frozen
class Report:
    """The outcome of an audit.

    Attributes:
        flagged: What should be otherwise, the worst first.
        excepted: What was excepted.
        problems: What could not be audited, in a sentence each.
        looked_at: The files that were looked at.
    """

    flagged: tuple[Flagged, ...]
    excepted: tuple[Excepted, ...]
    problems: tuple[str, ...]
    looked_at: tuple[Path, ...]

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to do; what could not be audited is not clean."""
        return not self.flagged and not self.problems
