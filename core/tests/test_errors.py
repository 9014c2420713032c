"""An error says what is wrong, where, and what to do."""

from __future__ import annotations

import pytest

from keyhole import errors
from keyhole.errors import KeyholeError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyholeError("it is torn"), "it is torn"),
        (KeyholeError("it is torn", where="/a:1"), "/a:1: it is torn"),
        (KeyholeError("it is torn", remedy="mend it"), "it is torn\n  what to do: mend it"),
        (
            KeyholeError("it is torn", where="/a:1", remedy="mend it"),
            "/a:1: it is torn\n  what to do: mend it",
        ),
    ],
)
def test_an_error_reads_as_a_sentence(error: KeyholeError, said: str) -> None:
    """The place comes first, and the remedy on a line of its own."""
    assert str(error) == said


@pytest.mark.parametrize("name", errors.__all__)
def test_the_hierarchy_is_the_one_that_is_drawn(name: str) -> None:
    """Every error is a `KeyholeError`, and the drawing has it with its exit code."""
    error = getattr(errors, name)
    assert issubclass(error, KeyholeError)
    (line,) = (line for line in str(errors.__doc__).splitlines() if f"{name} " in line)
    assert str(error.exit_code) in line.split()
