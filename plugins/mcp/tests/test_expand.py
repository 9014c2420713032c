"""`${VAR}` and `${VAR:-default}`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole_mcp.expand import DEEPEST, expand, unexpanded

_SET = {"A": "value", "EMPTY": "", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "value"),
        ("x${A}y${A}", "xvalueyvalue"),
        ("${EMPTY:-d}", ""),
        ("${NOPE:-d}", "d"),
        ("${NOPE:-}", ""),
        ("${NOPE}", "${NOPE}"),
        ("$A", "$A"),
        ("$${A}", "$value"),
        ("${NOPE:-${A}}", "value"),
        ("${NOPE:-a${A}b}c", "avaluebc"),
        ("${NESTED}", "${A}"),
        ("${A", "${A"),
        ("", ""),
    ],
)
def test_a_reference_is_replaced_as_claude_code_does(text: str, expected: str) -> None:
    """Each form gives what Claude Code was observed to make of it."""
    assert expand(text, _SET).text == expected


def test_it_says_which_variables_it_used_and_which_it_missed() -> None:
    """Used and missing variables are named."""
    found = expand("${A}${NOPE}${OTHER:-d}", _SET)
    assert (found.used, found.unset) == (("A",), ("NOPE",))


@pytest.mark.parametrize(
    ("depth", "problem"), [(DEEPEST, False), (DEEPEST + 1, True), (20_000, True)]
)
def test_references_are_in_one_another_up_to_a_bound(depth: int, *, problem: bool) -> None:
    """What is nested deeper than anybody writes is marked; nothing overflows."""
    found = expand("${NOPE:-" * depth + "x" + "}" * depth, _SET)
    assert found.too_deep is problem


def test_a_text_may_stay_as_it_is_written() -> None:
    """Where no variable may be looked at, references and defaults stay."""
    assert unexpanded("x${A}${NOPE:-d}").text == "x${A}${NOPE:-d}"


@given(st.text(alphabet="${}:-AB x"), st.dictionaries(st.sampled_from("AB"), st.text()))
def test_any_text_is_expanded(text: str, environ: dict[str, str]) -> None:
    """No text makes it fail, and one without a reference stays as it is."""
    expanded = expand(text, environ).text
    assert "${" in text or expanded == text
