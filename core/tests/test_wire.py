"""What Claude Code would put into its two headers, from what the findings declare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.wire import HEADERS, Slot, Wire, predict

BOTH = HEADERS
TOKEN = Wire.header("authorization")
KEY = Wire.header("x-api-key")
HELPER = Wire.header(*BOTH)
LOGIN = Wire.login("authorization")
CLOUD = Wire.provider("authorization")

wires = st.lists(
    st.tuples(
        st.integers().map("source-{}".format),
        st.builds(Wire, st.sampled_from(Slot), st.frozensets(st.sampled_from(HEADERS))),
    ),
    unique_by=lambda pair: pair[0],
)


@pytest.mark.parametrize(
    ("declared", "authorization", "x_api_key"),
    [
        ([], None, None),
        ([("t", TOKEN)], "t", None),
        ([("k", KEY)], None, "k"),
        ([("t", TOKEN), ("k", KEY)], "t", "k"),
        ([("k", KEY), ("t", TOKEN)], "t", "k"),
        ([("h", HELPER)], "h", "h"),
        ([("t", TOKEN), ("h", HELPER)], "t", "h"),
        ([("k", KEY), ("h", HELPER)], "h", "k"),
        ([("l", LOGIN)], "l", None),
        ([("o", LOGIN), ("l", LOGIN)], "o", None),
        ([("k", KEY), ("l", LOGIN)], None, "k"),
        ([("l", LOGIN), ("k", KEY)], None, "k"),
        ([("c", CLOUD), ("t", TOKEN), ("k", KEY), ("l", LOGIN)], "c", None),
        ([("t", TOKEN), ("c", CLOUD)], "c", None),
        ([("c", Wire.provider()), ("t", TOKEN)], None, None),
    ],
)
def test_the_measured_cases(
    declared: list[tuple[str, Wire]], authorization: str | None, x_api_key: str | None
) -> None:
    """A cloud alone; else each header's first claimant; a login only where nobody claims any."""
    assert predict(declared) == {"authorization": authorization, "x-api-key": x_api_key}


@given(wires)
def test_a_header_goes_to_one_that_declares_it(declared: list[tuple[str, Wire]]) -> None:
    """Each header has a source that declared it, or nobody."""
    answer = predict(declared)
    assert set(answer) == set(HEADERS)
    for header, name in answer.items():
        assert name is None or header in dict(declared)[name].headers


@given(wires)
def test_the_ways_never_mix(declared: list[tuple[str, Wire]]) -> None:
    """Both headers are filled in the same of the three ways."""
    slots = {dict(declared)[name].slot for name in predict(declared).values() if name}
    assert len(slots) <= 1


@given(wires)
def test_a_generator_will_do(declared: list[tuple[str, Wire]]) -> None:
    """What is declared is read once."""
    assert predict(pair for pair in declared) == predict(declared)
