"""A guess at what somebody meant is made only where something is near."""

from __future__ import annotations

import pytest

from keyhole.spelling import meant


@pytest.mark.parametrize(
    ("word", "clause"),
    [
        ("bedrok", " (did you mean bedrock?)"),
        ("vertx", " (did you mean vertex?)"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_the_nearest_word_is_offered(word: str, clause: str) -> None:
    """The nearest known word is named; where none is near, nothing is."""
    assert meant(word, iter(["bedrock", "vertex"])) == clause
