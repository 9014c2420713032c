"""A Secret shows itself to nobody who doesn't ask for it by name."""

from __future__ import annotations

import copy
import json
import pickle
import traceback

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.secret import Secret

KEY = "sk-ant-api03-fake-canary-5d1e"


@attrs.frozen
class Holder:
    """A record with a secret in it."""

    secret: Secret


def test_only_reveal_returns_the_text() -> None:
    """`reveal` gives back exactly what was wrapped."""
    assert Secret(KEY).reveal() == KEY


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(KEY)),
        repr(Secret(KEY)),
        f"{Secret(KEY)}",
        f"{Secret(KEY):>40}",
        f"{Secret(KEY)!a}",
        "%s %r" % (Secret(KEY), Secret(KEY)),  # noqa: UP031  # one of the ways to print it
        str([Secret(KEY)]),
        str({Secret(KEY): Secret(KEY)}),
        repr(Holder(Secret(KEY))),
        str(attrs.asdict(Holder(Secret(KEY)))),
        json.dumps({"key": Secret(KEY)}, default=str),
        str(dir(Secret(KEY))),
    ],
)
def test_no_way_of_printing_shows_it(shown: str) -> None:
    """Formatting, containers, records and JSON with a fallback show the mask."""
    assert KEY not in shown


def test_json_refuses_it() -> None:
    """`json.dumps` without a fallback raises instead of printing the text."""
    with pytest.raises(TypeError) as caught:
        json.dumps({"key": Secret(KEY)})
    assert KEY not in str(caught.value)


def test_joining_refuses_it() -> None:
    """It is no `str`, so that `"".join` raises."""
    assert not isinstance(Secret(KEY), str)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_never_pickled(protocol: int) -> None:
    """No pickle protocol takes it, alone or inside a record."""
    for value in (Secret(KEY), [Secret(KEY)], Holder(Secret(KEY))):
        with pytest.raises(TypeError, match="can't be pickled"):
            pickle.dumps(value, protocol)


def test_a_copy_is_the_object_itself() -> None:
    """Copying, deeply or not, makes no second text."""
    secret = Secret(KEY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_it_has_no_dictionary() -> None:
    """`vars` finds nothing, and nothing can be hung onto it."""
    secret = Secret(KEY)
    with pytest.raises(TypeError):
        vars(secret)
    with pytest.raises(AttributeError):
        secret.note = "x"  # type: ignore[attr-defined]


def test_a_traceback_with_locals_shows_the_mask() -> None:
    """A traceback that prints local variables prints the mask."""
    try:
        _fail(Secret(KEY))
    except RuntimeError as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert "secret = Secret(****)" in shown
    assert KEY not in shown


def _fail(secret: Secret) -> None:
    raise RuntimeError(f"no use for {secret}")


@given(st.text(), st.text())
def test_equal_texts_make_equal_secrets(one: str, other: str) -> None:
    """Two secrets are equal, and hash alike, exactly where their texts are equal."""
    assert (Secret(one) == Secret(other)) is (one == other)
    assert hash(Secret(one)) == hash(Secret(one))


def test_it_equals_no_plain_text() -> None:
    """A secret never equals the text that it holds."""
    assert Secret(KEY) != KEY


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_digest(text: str) -> None:
    """The digest is 64 hexadecimal digits, for lone surrogates too."""
    digest = Secret(text).digest()
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")


def test_the_ending_tells_keys_apart() -> None:
    """The last four characters of a long key can be shown."""
    assert Secret(KEY).ending() == "5d1e"


@given(st.text(max_size=40), st.integers(-50, 50))
def test_the_ending_is_never_more_than_a_quarter(text: str, length: int) -> None:
    """However long an ending is asked for, it is at most 4 characters and a quarter of the text."""
    shown = Secret(text).ending(length)
    assert text.endswith(shown)
    assert len(shown) <= min(4, len(text) // 4)
