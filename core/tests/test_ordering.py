"""The order of the sources is a pure total order; these are its promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from keyhole.ordering import effective, rank
from keyhole.plugins import Registered
from keyhole.resolver import resolve
from keyhole.testing import fake_machine
from keyhole.testing.strategies import FixedSource, names, sources
from keyhole.tiers import ORDERS, TIERS

overrides = st.dictionaries(names, st.integers(-5, 5), max_size=5)


def _winner(found: Iterable[FixedSource], *tables: Mapping[str, int]) -> str | None:
    registered = [Registered("keyhole-fake", source) for source in found]
    active = resolve(registered, fake_machine(), *tables).active
    return active.source.name if active else None


def _names(found: Iterable[FixedSource]) -> list[str]:
    return [source.name for source in found]


def _some(data: st.DataObject, found: list[FixedSource]) -> FixedSource:
    return data.draw(st.sampled_from(found))


@given(st.data(), sources(max_size=6), overrides)
def test_registration_order_means_nothing(
    data: st.DataObject, found: list[FixedSource], table: dict[str, int]
) -> None:
    """Every permutation of the sources has the same order and the same winner."""
    shuffled = data.draw(st.permutations(found))
    assert rank(shuffled, table) == rank(found, table)
    assert _winner(shuffled, table) == _winner(found, table)


@given(st.data(), sources(min_size=1, max_size=6), overrides)
def test_one_more_plugin_moves_nobody(
    data: st.DataObject, found: list[FixedSource], table: dict[str, int]
) -> None:
    """Without any one source, the others stand in the same relative order."""
    newcomer = _some(data, found)
    others = [source for source in found if source is not newcomer]
    assert rank(others, table) == [s for s in rank(found, table) if s is not newcomer]


@given(st.data(), sources(min_size=1, max_size=6), overrides)
def test_a_loser_can_leave(
    data: st.DataObject, found: list[FixedSource], table: dict[str, int]
) -> None:
    """Removing a source that isn't the winner does not change the winner."""
    winner = _winner(found, table)
    loser = _some(data, found)
    assume(loser.name != winner)
    assert _winner([source for source in found if source is not loser], table) == winner


@given(st.data(), sources(min_size=1, max_size=6), st.integers(min_value=1))
def test_a_loser_can_sink(data: st.DataObject, found: list[FixedSource], depth: int) -> None:
    """Lowering the priority of a loser does not change the winner."""
    winner = _winner(found)
    loser = _some(data, found)
    assume(loser.name != winner)
    lower = attrs.evolve(loser, priority=loser.priority - depth)
    assert _winner([lower if source is loser else source for source in found]) == winner
    assert _winner(found, {loser.name: loser.priority - depth}) == winner


@given(sources(min_size=1, max_size=6), st.integers(min_value=1))
def test_the_winner_can_rise(found: list[FixedSource], height: int) -> None:
    """Raising the priority of the winner does not change the winner."""
    winner = _winner(found)
    assume(winner is not None)
    (source,) = (source for source in found if source.name == winner)
    assert _winner(found, {source.name: source.priority + height}) == winner


@given(sources(max_size=6), overrides, overrides)
def test_overrides_are_applied_exactly(
    found: list[FixedSource], strong: dict[str, int], weak: dict[str, int]
) -> None:
    """A priority is what the first table says that names the source, else its own."""
    for source in found:
        expected = strong.get(source.name, weak.get(source.name, source.priority))
        assert effective(source, strong, weak) == expected
    replaced = [attrs.evolve(s, priority=effective(s, strong, weak)) for s in found]
    assert _names(rank(found, strong, weak)) == _names(rank(replaced))


@given(sources(min_size=1, max_size=6), names, st.integers())
def test_an_override_for_nobody_changes_nothing(
    found: list[FixedSource], name: str, priority: int
) -> None:
    """A priority for a source that is not installed has no effect."""
    assume(name not in _names(found))
    assert rank(found, {name: priority}) == rank(found)


@given(sources(max_size=6), overrides)
def test_no_two_sources_are_equal(found: list[FixedSource], table: dict[str, int]) -> None:
    """Each source stands strictly before the next: by a higher priority, or by its name."""
    for one, other in pairwise(rank(found, table)):
        mine, theirs = effective(one, table), effective(other, table)
        assert mine > theirs or (mine == theirs and one.name < other.name)


@given(sources(max_size=6), overrides)
def test_nobody_is_lost(found: list[FixedSource], table: dict[str, int]) -> None:
    """Ranking returns the same sources, each once, and leaves its argument alone."""
    before = list(found)
    assert sorted(_names(rank(found, table))) == sorted(_names(found))
    assert found == before


def test_every_tier_has_its_own_place() -> None:
    """No two known tiers share a name or a priority, in any of the named orders."""
    for order in ORDERS.values():
        assert len(set(order.values())) == len(order) == len(TIERS)


def test_the_order_of_claude_code() -> None:
    """Clouds, token, key, helper, OAuth token, login: as the default order has them."""
    assert _by_priority("claude-code") == [
        "bedrock",
        "foundry",
        "anthropic-aws",
        "mantle",
        "vertex",
        "auth-token",
        "api-key",
        "api-key-helper",
        "oauth-token",
        "login",
    ]


def test_the_order_of_the_sdk_differs_in_one_place() -> None:
    """The SDK takes the API key before the auth token, and agrees otherwise."""
    sdk = _by_priority("anthropic-sdk")
    assert sdk.index("api-key") == sdk.index("auth-token") - 1
    rest = [name for name in _by_priority("claude-code") if name != "api-key"]
    assert [name for name in sdk if name != "api-key"] == rest


def _by_priority(order: str) -> list[str]:
    return sorted(ORDERS[order], key=lambda name: -ORDERS[order][name])
