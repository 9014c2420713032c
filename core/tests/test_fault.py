"""An unexpected error is described without its words."""

from __future__ import annotations

from keyhole.fault import place_of


def test_the_place_is_where_it_was_raised() -> None:
    """The type, the file and the line of the innermost frame are said, and not the text."""
    try:
        _fail()
    except ValueError as error:
        said = place_of(error)
    line = _fail.__code__.co_firstlineno + 1
    assert said == f"ValueError at {__file__}:{line}"


def _fail() -> None:
    raise ValueError("canary-fake")


def test_an_error_that_was_never_raised_has_a_type_alone() -> None:
    """Without a traceback there is no place."""
    assert place_of(ValueError("canary-fake")) == "ValueError"
