"""What is read out of a `WWW-Authenticate` header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole_mcp.flow.challenge import challenge_in, challenges

WORDS = st.text("abcdefgXYZ-_.", min_size=1, max_size=8)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        ("Bearer", "bearer", {}),
        ("BEARER error=invalid_token", "bearer", {"error": "invalid_token"}),
        ('Bearer realm="a, b", scope="x  y"', "bearer", {"realm": "a, b", "scope": "x  y"}),
        (r'Bearer realm="say \"hi\"", error = "e"', "bearer", {"realm": 'say "hi"', "error": "e"}),
        (
            "Bearer resource_metadata=https://a.b/c",
            "bearer",
            {"resource_metadata": "https://a.b/c"},
        ),
        ('Basic realm="x", Bearer error=e', "bearer", {"error": "e"}),
        ("Negotiate abc==, Bearer error=e", "bearer", {"error": "e"}),
        ('DPoP algs="ES256", Bearer resource_metadata="u"', "bearer", {"resource_metadata": "u"}),
        ("Basic", "", {}),
        ("", "", {}),
        ('=,"', "", {}),
        ('nonsense" Bearer error=e', "bearer", {"error": "e"}),
        (f"Negotiate {'a' * 4000}==, Bearer error=e", "bearer", {"error": "e"}),
    ],
)
def test_a_challenge_is_read(header: str, scheme: str, parameters: dict[str, str]) -> None:
    """Of several challenges the one that OAuth can meet is taken, with its parameters."""
    found = challenge_in({"www-authenticate": header})
    assert (found.scheme, dict(found.parameters)) == (scheme, parameters)


@given(st.lists(st.tuples(WORDS, st.dictionaries(WORDS.map(str.lower), VALUES, max_size=3))))
def test_what_is_written_is_read_back(written: list[tuple[str, dict[str, str]]]) -> None:
    """Any number of challenges with quoted values survive."""

    def quoted(value: str) -> str:
        return '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'

    header = ", ".join(
        f"{scheme} " + ", ".join(f"{name}={quoted(value)}" for name, value in parameters.items())
        for scheme, parameters in written
    )
    found = [(one.scheme, dict(one.parameters)) for one in challenges(header)]
    assert found == [(scheme.lower(), parameters) for scheme, parameters in written]


@given(st.text(max_size=200))
def test_anything_can_be_read(header: str) -> None:
    """No header makes it fail, or go on for ever."""
    challenges(header)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    ["a", "a ", "a=", 'a="', 'a="\\', '"a', '\\"', "a\t", "a,", "=", " ", 'a="\\\n', "\x00"],
)
@pytest.mark.parametrize("end", ['"', ""])
def test_a_hostile_header_is_read_in_one_go(piece: str, end: str) -> None:
    """A header of 16 kB costs what its length is, many times over, whatever stands in it."""
    header = "Bearer " + (piece * 16384)[: 16384 - 7 - len(end)] + end
    for _ in range(15):
        challenges(header)
