"""Results for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from keyhole_mcp.testing.probe import Outcome, Result

__all__ = ["NAME_WIDTH", "document", "line", "summary"]

_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_OFFERED: "-"}
NAME_WIDTH = 26


def line(result: Result) -> str:
    """One result as a row of the table."""
    mark = _MARKS[result.outcome]
    return f"{mark} {result.probe.name:<{NAME_WIDTH}}{result.said}"


def summary(results: Sequence[Result]) -> str:
    """The line below the table."""
    counted = Counter(result.outcome for result in results)
    parts = [f"{counted[outcome]} {outcome.value}" for outcome in Outcome if counted[outcome]]
    return f"{len(results)} probes: {', '.join(parts)}"


def document(results: Sequence[Result]) -> dict[str, Any]:
    """The results as JSON has them."""
    return {"probes": [_entry(result) for result in results]}


def _entry(result: Result) -> dict[str, Any]:
    return {
        "name": result.probe.name,
        "wants": result.probe.wants,
        "protocol": result.probe.protocol,
        "outcome": result.outcome.value,
        "said": result.said,
        "seconds": result.seconds,
    }
