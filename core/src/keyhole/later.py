"""A sequence that is found out when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar, final, overload

__all__ = ["Later"]

_T = TypeVar("_T")


@final
class Later(Sequence[_T]):
    """What a function gives, called once, and not at all where nobody wants to know.

    Args:
        find: Gives the items.
    """

    def __init__(self, find: Callable[[], Iterable[_T]]) -> None:
        self._find = find

    @cached_property
    def _items(self) -> tuple[_T, ...]:
        return tuple(self._find())

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_T]: ...
    def __getitem__(self, at: int | slice) -> _T | Sequence[_T]:
        return self._items[at]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return self._items == tuple(other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)
