"""What is found out later is the same, once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyhole.later import Later


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_it_is_the_sequence_that_the_function_gives(items: list[int], others: list[int]) -> None:
    """It has the items, the length, the equality and the look of a tuple."""
    later = Later(lambda: items)
    assert tuple(later) == tuple(items)
    assert len(later) == len(items)
    assert later[1:] == tuple(items[1:])
    assert (later == tuple(others)) == (items == others)
    assert (later == Later(lambda: others)) == (items == others)
    assert hash(later) == hash(tuple(items))
    assert repr(later) == repr(tuple(items))


def test_nothing_is_found_out_before_somebody_looks() -> None:
    """The function is called at the first look, and never again."""
    asked: list[int] = []

    def find() -> list[int]:
        asked.append(1)
        return [7]

    later = Later(find)
    assert asked == []
    assert (later[0], later[0], later == 3) == (7, 7, False)
    assert asked == [1]
