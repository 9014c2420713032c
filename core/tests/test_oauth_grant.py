"""What an answer of a token endpoint says of the token's end."""

from __future__ import annotations

import json
from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from keyhole.message import Response
from keyhole.oauth.grant import Grant, granted
from keyhole.record import TokenRecord
from keyhole.testing import NOW

LATENCIES = st.floats(0.0, 30.0)


def answered(on_the_way: float, back: float, ahead: float, *, asked_at: float = NOW) -> Grant:
    """The grant of a server whose clock is ahead, after so many seconds on the way and back."""
    issued = asked_at + on_the_way + ahead
    response = Response(
        200,
        {"date": formatdate(int(issued), usegmt=True)},
        json.dumps({"access_token": "fake", "token_type": "Bearer", "expires_in": 60}).encode(),
    )
    now = asked_at + on_the_way + back
    return granted(response, where="https://as.example/token", asked_at=asked_at, now=now)


@given(LATENCIES, LATENCIES, st.floats(NOW, NOW + 1.0))
def test_a_clock_that_may_be_right_is_left_alone(
    on_the_way: float, back: float, asked_at: float
) -> None:
    """Neither a `Date` without parts of a second nor a slow answer moves a token's end."""
    grant = answered(on_the_way, back, 0.0, asked_at=asked_at)
    renewed = grant.onto(TokenRecord())
    assert renewed.skew == 0.0
    assert renewed.record.expires_at == int(asked_at + on_the_way) + 60


@given(LATENCIES, LATENCIES, st.floats(NOW, NOW + 1.0), st.floats(-1e6, 1e6))
def test_no_end_is_later_than_the_servers_own(
    on_the_way: float, back: float, asked_at: float, ahead: float
) -> None:
    """A clock is corrected by no less than it is wrong, and by no more than a second and the way there too much."""
    skew = answered(on_the_way, back, ahead, asked_at=asked_at).skew
    assert skew is not None
    tiny = 1e-3
    if skew == 0.0:
        assert abs(ahead) <= 1.0 + on_the_way + back + tiny
    else:
        assert ahead - tiny <= skew <= ahead + 1.0 + on_the_way + tiny


def test_without_a_date_the_token_counts_from_the_question() -> None:
    """Where a server does not tell its clock, what was under way counts as used up."""
    body = json.dumps({"access_token": "fake", "expires_in": 60}).encode()
    grant = granted(
        Response(200, {}, body), where="https://as.example/token", asked_at=NOW, now=NOW + 9
    )
    renewed = grant.onto(TokenRecord())
    assert renewed.skew is None
    assert renewed.record.expires_at == NOW + 60
