"""The year of a setup token: when it ends, and from when on that is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.secret import Secret
from keyhole.setup_token import KIND, LIFETIME, SetupToken, setup_token
from keyhole.testing import NOW, fake_machine

DAY = 86400.0
TOKEN = Secret("sk-ant-oat01-fake")


@given(st.floats(min_value=-2 * LIFETIME, max_value=DAY))
def test_it_warns_in_the_last_thirty_days_alone(age: float) -> None:
    """Before its last 30 days nothing is said, in them a warning, and after them a problem."""
    token = SetupToken(NOW + age, NOW)
    left = token.ends_at - NOW
    assert token.ended == (left <= 0) == bool(token.problem)
    assert bool(token.warnings("X")) == (0 < left <= 30 * DAY)


@pytest.mark.parametrize(("left", "said"), [(30 * DAY, "30 days"), (DAY / 2, "1 day ")])
def test_days_are_counted_as_people_do(left: float, said: str) -> None:
    """A part of a day counts as one, and one is not several."""
    (warning,) = SetupToken(NOW + left - LIFETIME, NOW).warnings("X")
    assert f"ends in {said}" in warning
    assert "`keyhole setup-token`" in warning


@pytest.mark.parametrize(
    "content", [{}, {"made_at": "x"}, {"made_at": True}, {"made_at": 1e300}, "{"]
)
def test_a_damaged_record_counts_as_none(content: Any) -> None:
    """What is no date is no date of a token, and never an error."""
    path = fake_machine().records(KIND).path(TOKEN.digest())
    text = content if isinstance(content, str) else json.dumps(content)
    assert setup_token(fake_machine(files={path: text}), TOKEN) is None
    dated = setup_token(fake_machine(files={path: json.dumps({"made_at": NOW})}), TOKEN)
    assert dated == SetupToken(NOW, NOW)
