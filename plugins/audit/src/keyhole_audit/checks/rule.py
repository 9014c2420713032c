"""A check that is a function with a code."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from keyhole import Notice, Severity, View

__all__ = ["Rule"]


@attrs.frozen
class Rule:
    """A check.

    Attributes:
        code: Its code.
        severity: How much is at stake.
        title: What it looks for.
        look: Finds it.
    """

    code: str
    severity: Severity
    title: str
    look: Callable[[View], Iterable[Notice]] = attrs.field(repr=False)
