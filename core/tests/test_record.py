"""A record survives its store, shows nothing, and is refused where it is none."""

from __future__ import annotations

import json
import pickle

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.errors import StoreError
from keyhole.record import Attempt, Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.testing import CANARY
from keyhole.testing.strategies import json_values, records

FULL = TokenRecord(
    access_token=Secret(CANARY),
    refresh_token=Secret(CANARY),
    token_type="DPoP",
    expires_at=20.0,
    issued_at=5.0,
    scope="a b",
    attempt=Attempt(1.0, "process 4711"),
    retry_at=2.0,
    dead="it was revoked",
    extra=Extra({"client_secret": CANARY, "nothing": None}),
)


@given(records())
def test_a_record_survives_a_round_trip(record: TokenRecord) -> None:
    """What is parsed from a record's text is that record, with the fields nobody knows."""
    assert TokenRecord.parse(record.text(), where="here") == record


@given(
    st.text()
    | json_values.map(json.dumps)
    | records().map(lambda record: record.text().reveal()[:-1])
)
def test_what_is_no_record_is_refused(text: str) -> None:
    """Any other text is refused with its place and a remedy, and nothing of it shows."""
    with pytest.raises(StoreError) as caught:
        TokenRecord.parse(Secret(text), where="/a/file")
    assert caught.value.where == "/a/file"
    assert caught.value.remedy
    assert len(text) < 12 or text not in str(caught.value)


@pytest.mark.parametrize(
    "field",
    [
        {"expires_at": "soon"},
        {"expires_at": True},
        {"access_token": 7},
        {"attempt": {"since": "x", "by": "y"}},
        {"scope": ["a"]},
    ],
)
def test_a_field_of_another_type_is_named(field: dict[str, object]) -> None:
    """A known field that is not what it must be is named."""
    text = Secret(json.dumps({"keyhole": 1, **field}))
    with pytest.raises(StoreError, match=f"its field {next(iter(field))} is not what it must be"):
        TokenRecord.parse(text, where="here")


def test_a_newer_version_is_refused() -> None:
    """A record of a version that is not known is not read as if it were."""
    with pytest.raises(StoreError, match="newer keyhole"):
        TokenRecord.parse(Secret('{"keyhole": 2}'), where="here")


def test_a_record_shows_no_secret() -> None:
    """Neither repr nor a dictionary of its fields nor JSON of that contains a secret."""
    shown = repr(FULL) + repr(attrs.asdict(FULL)) + json.dumps(attrs.asdict(FULL), default=str)
    assert CANARY not in shown
    assert "client_secret" in repr(FULL.extra)


def test_a_record_is_not_pickled() -> None:
    """A record can't be pickled, with or without tokens."""
    for record in (FULL, TokenRecord(extra=Extra({"client_secret": CANARY}))):
        with pytest.raises(TypeError):
            pickle.dumps(record)


def test_the_lifetime_needs_both_ends() -> None:
    """The lifetime is the time between issue and end, where both are known."""
    assert FULL.lifetime == 15.0
    assert attrs.evolve(FULL, issued_at=None).lifetime is None
