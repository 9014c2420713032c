"""What changes in a JSON file is shown without its secrets, and otherwise whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.difference import difference, lookalikes

KEY = "q7Fz0fakeKEYfake" + "9d1c" * 4 + "r7HQ"


def _removed(text: str, secrets: Any = lookalikes) -> str:
    return list(difference(text, "", "file", secrets))[-1].removeprefix("-")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            f'{{"a": {{"headers": {{"Authorization": "Bearer {KEY}"}}}}, "b": [1, "two"]}}',
            '{"a": {"headers": {"Authorization": "Bearer ****r7HQ"}}, "b": [1, "two"]}',
        ),
        (f'"env": {{"A_TOKEN": "{KEY}"}},', '"env": {"A_TOKEN": "****r7HQ"},'),
        (f'"args": ["-y", "--api-key={KEY}", "on"]', '"args": ["-y", "--api-key=****r7HQ", "on"]'),
        ('"args": ["--password", "correct horse staple"]', '"args": ["--password", "****aple"]'),
        ('"DB_PASSWORD": "correct horse staple",', '"DB_PASSWORD": "****aple",'),
        ('"args": ["--token", "short0123", "on"]', '"args": ["--token", "****23", "on"]'),
        (f'"{KEY}": "é\\n"', '"****r7HQ": "é\\n"'),
        ('"url": "https://mcp.example.com/mcp"}},', '"url": "https://mcp.example.com/mcp"}},'),
        (f'"a": "not closed {KEY[:5]}', f'"a": "not closed {KEY[:5]}'),
    ],
)
def test_what_is_around_a_secret_stays(line: str, shown: str) -> None:
    """Of a secret the end shows, and every other character of its line."""
    assert _removed(line) == shown


def test_a_known_secret_shows_in_no_spelling() -> None:
    """What is known to be secret is masked however JSON spells it, the longest first."""
    secret, longer = "gr\u00fcn-fake-1", "gr\u00fcn-fake-1-and-more-f-it"
    line = json.dumps({"a": longer, "b": secret})
    said = _removed(line, lambda _name, text: [one for one in (secret, longer) if one in text])
    assert said == '{"a": "****f-it", "b": "****-1"}'


@given(st.text(max_size=9), st.text(max_size=9), st.sampled_from(["", " ", "=", ": ", "Bearer "]))
def test_a_lookalike_never_shows(name: str, before: str, between: str) -> None:
    """Whatever a text is called, and whatever stands before the secret in it: that does not show."""
    line = json.dumps({name: f"{before}{between}{KEY}"})
    assert KEY[:-4] not in _removed(line)


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.integers(), max_size=4))
def test_without_a_secret_a_line_is_as_it_is(held: dict[str, Any]) -> None:
    """Where nothing is secret, what is shown of a line is the line."""
    line = json.dumps(held)
    assert _removed(line, lambda _name, _text: ()) == line
