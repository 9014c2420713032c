"""The order in which sources are asked: a pure sort that depends on nothing but its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

__all__ = ["effective", "rank"]


class _Ranked(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def priority(self) -> int: ...


_R = TypeVar("_R", bound=_Ranked)


def effective(source: _Ranked, *overrides: Mapping[str, int]) -> int:
    """A source's priority: what the first of the overrides that names it says, else its own."""
    return next(
        (table[source.name] for table in overrides if source.name in table), source.priority
    )


def rank(sources: Iterable[_R], *overrides: Mapping[str, int]) -> list[_R]:
    """Sources in the order in which they are asked: highest priority first, then by name.

    Args:
        sources: Sources with unique names, in any order.
        overrides: Priorities by name, the strongest table first.
    """
    return sorted(sources, key=lambda source: (-effective(source, *overrides), source.name))
