"""The parser accepts exactly the documented language, and never shows what it refuses."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import API_KEY, BEARER, HELPER_OUTPUT
from keyhole.errors import HelperError
from keyhole.testing import NOW
from keyhole.testing.strategies import json_values, tokens
from keyhole_api_key_helper.output import LIMIT, parse

TOKEN = re.compile(rb"(?!\{)[!-~]{1,16384}(\r?\n)?")
later = st.floats(NOW + 1, 9e10) | st.integers(int(NOW) + 1, 9 * 10**10)
objects = st.fixed_dictionaries(
    {"value": tokens},
    optional={"kind": st.sampled_from(["api-key", "bearer"]), "expires_at": later},
)
noise = st.binary(max_size=40) | st.text('ab{}" \r\n\t\0é:,', max_size=12).map(str.encode)


def _accepts(stdout: bytes) -> bool:
    try:
        parse(stdout, NOW)
    except HelperError:
        return False
    return True


@given(noise | tokens.map(str.encode), st.sampled_from([b"", b"\n", b"\r\n", b"\n\n", b" ", b"\r"]))
def test_plain_output_is_one_token(text: bytes, end: bytes) -> None:
    """What does not begin like an object is accepted if, and only if, it is one token."""
    if not (text + end).lstrip(b" \t\r\n").startswith(b"{"):
        assert _accepts(text + end) == bool(TOKEN.fullmatch(text + end))


@given(noise | json_values.map(lambda value: json.dumps(value).encode()))
def test_nothing_but_its_own_error_comes_out(stdout: bytes) -> None:
    """Whatever a helper prints, the answer is a value or a HelperError."""
    _accepts(stdout)
    _accepts(b"{" + stdout)


@given(tokens.filter(lambda token: not token.startswith("{")))
def test_a_token_comes_out_as_it_is(token: str) -> None:
    """A token is taken as it stands, of unknown kind and without an end."""
    value = parse(f"{token}\n".encode(), NOW)
    assert value.secret.reveal() == token
    assert (value.kind, value.expires_at, value.obtained_at) == (HELPER_OUTPUT, None, NOW)


@given(objects, st.sampled_from([None, 2]), st.text(" \t\r\n", max_size=3))
def test_an_object_comes_out_as_it_is(fields: dict[str, Any], indent: int, blank: str) -> None:
    """Every object of the three keys is accepted, in any layout."""
    value = parse(f"{blank}{json.dumps(fields, indent=indent)}{blank}".encode(), NOW)
    kinds = {"api-key": API_KEY, "bearer": BEARER, None: HELPER_OUTPUT}
    assert value.secret.reveal() == fields["value"]
    assert value.kind == kinds[fields.get("kind")]
    assert value.expires_at == fields.get("expires_at")


@given(
    objects,
    st.sampled_from(["value", "kind", "expires_at", "token"]),
    json_values | st.sampled_from([float("nan"), float("inf"), 10**400, NOW, 0, NOW * 1000]),
)
def test_a_wrong_field_is_refused(fields: dict[str, Any], key: str, wrong: Any) -> None:
    """A field that is not as documented, or is not documented, makes the whole thing wrong."""
    fine = (
        (key == "value" and isinstance(wrong, str) and TOKEN.fullmatch(wrong.encode()))
        or (key == "kind" and wrong in ("api-key", "bearer"))
        or (key == "value" and isinstance(wrong, str) and re.fullmatch(r"[!-~]+", wrong))
    )
    if not fine:
        assert not _accepts(json.dumps(fields | {key: wrong}).encode())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2030-01-02T03:04:05Z", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()),
        ("2030-01-02t03:04:05z", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()),
        ("2030-01-02 03:04:05.5+01:00", datetime(2030, 1, 2, 2, 4, 5, 500_000, UTC).timestamp()),
        ("2030-01-02T03:04:05.123456789-00:30", 1893555245.123456),
    ],
)
def test_a_time_in_rfc_3339(said: str, meant: float) -> None:
    """`expires_at` may be a time as RFC 3339 writes it."""
    assert parse(json.dumps({"value": "x", "expires_at": said}).encode(), NOW).expires_at == meant


@pytest.mark.parametrize(
    "said", ["2030-01-02", "2030-01-02T03:04:05", "2030-13-02T03:04:05Z", "tomorrow", "", "0"]
)
def test_another_time_is_refused(said: str) -> None:
    """A time without an offset, or that is none, is refused."""
    assert not _accepts(json.dumps({"value": "x", "expires_at": said}).encode())


WRONG = {
    b"": "it printed nothing",
    b" \n": "it printed nothing but white space",
    b"fake-secret\nfake-secret\n": "it printed 2 lines where one token belongs",
    b"Bearer fake-secret": "what it printed has white space at character 7",
    b"fake-secret\x1b[0m": "what it printed has a control character at character 12",
    "fake-secret-é".encode(): "what it printed has a character outside ASCII at character 13",
    b"fake-secret\xff": "it printed something that is no text, at byte 12",
    b"x" * (LIMIT + 1): "what it printed has 16385 characters, which is more than 16384",
    b'{"value": "fake-secret"': "it printed something like JSON that is not valid "
    "(line 1, column 24)",
    b'{"value": "x", "value": "fake-secret"}': "it printed something like JSON that is not valid "
    "(nested too deeply, a key twice, or no number)",
    b"{}": 'its JSON has no text under the key "value"',
    b'{"value": ""}': 'the "value" of its JSON is empty',
    b'{"value": "x", "kind": "fake-secret"}': 'the "kind" of its JSON is none of api-key, bearer',
    b'{"token": "fake-secret"}': 'its JSON has the key "token", which means nothing here; '
    "the keys are value, kind, expires_at",
    b'{"fake-secret-1": "x"}': "its JSON has the key of 13 characters, which means nothing here; "
    "the keys are value, kind, expires_at",
    b'{"value": "x", "expires_at": 1}': "it printed a value that has ended already "
    "(expires_at is in the past)",
}


@pytest.mark.parametrize(("stdout", "said"), WRONG.items())
def test_what_is_wrong_is_said_without_repeating_it(stdout: bytes, said: str) -> None:
    """Each error names what is wrong, and none repeats what was printed."""
    with pytest.raises(HelperError) as caught:
        parse(stdout, NOW)
    assert caught.value.problem == said
    assert "fake-secret" not in repr((caught.value, caught.value.__context__))


def test_the_longest_token_is_accepted() -> None:
    """16384 characters are not too many."""
    assert _accepts(b"x" * LIMIT + b"\n")
