"""When a credential is to be renewed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyhole.freshness import ADVISORY, MANDATORY, Freshness, freshness

moments = st.integers(0, 4_000_000_000).map(float)
remaining = st.integers(-10_000, 10_000).map(float)
by_urgency = list(Freshness)


@given(moments, remaining)
@example(0.0, 120.0)
@example(0.0, 120.25)
@example(0.0, 30.0)
@example(0.0, 30.25)
def test_the_two_windows(now: float, left: float) -> None:
    """More than 120 s left is fresh, more than 30 s advisory, and less or past the end mandatory."""
    expected = (
        Freshness.FRESH
        if left > ADVISORY
        else Freshness.ADVISORY
        if left > MANDATORY
        else Freshness.MANDATORY
    )
    assert freshness(now + left, now) is expected
    assert (ADVISORY, MANDATORY) == (120, 30)


@given(moments)
def test_what_has_no_end_is_always_fresh(now: float) -> None:
    """A credential of which nobody knows an end is never renewed for the clock's sake."""
    assert freshness(None, now) is Freshness.FRESH


@given(moments, moments, st.integers(0, 100_000).map(float), st.none() | moments)
def test_time_never_makes_it_fresher(
    end: float, now: float, later: float, renew_at: float | None
) -> None:
    """As the clock goes on, a credential gets more urgent or stays as it is."""
    before = by_urgency.index(freshness(end, now, renew_at))
    assert by_urgency.index(freshness(end, now + later, renew_at)) >= before


@given(moments, st.none() | moments, st.integers(0, 100_000).map(float))
def test_a_chosen_moment_is_a_deadline(renew_at: float, end: float | None, later: float) -> None:
    """From the moment somebody chose for renewing it on, everybody waits for the renewal."""
    assert freshness(end, renew_at + later, renew_at) is Freshness.MANDATORY


@given(moments, st.integers(1, 100_000).map(float))
def test_before_a_chosen_moment_it_is_good(renew_at: float, earlier: float) -> None:
    """Until the chosen moment, a credential without an end is fresh."""
    assert freshness(None, renew_at - earlier, renew_at) is Freshness.FRESH


@pytest.mark.parametrize(
    ("lifetime", "advisory", "mandatory"),
    [(3600, 120, 30), (300, 120, 30), (150, 60, 15), (60, 24, 6), (1, 0.4, 0.1)],
)
def test_a_short_life_has_short_windows(lifetime: float, advisory: float, mandatory: float) -> None:
    """The windows take two fifths of a lifetime at the most, and a quarter of that is mandatory."""

    def after(left: float) -> Freshness:
        return freshness(1000 + left, 1000, lifetime=lifetime)

    assert after(advisory * 1.01) is Freshness.FRESH
    assert after(advisory * 0.99) is Freshness.ADVISORY
    assert after(mandatory * 1.01) is Freshness.ADVISORY
    assert after(mandatory * 0.99) is Freshness.MANDATORY


@pytest.mark.parametrize("lifetime", [0.0, -5.0])
def test_a_lifetime_that_makes_no_sense_leaves_no_window(lifetime: float) -> None:
    """A server may say that a token ended before it began: then only its end counts."""
    assert freshness(0.2, 0.0, lifetime=lifetime) is Freshness.FRESH
    assert freshness(0.0, 0.0, lifetime=lifetime) is Freshness.MANDATORY
