"""A place is said in the words in which a person would look for it."""

from __future__ import annotations

import pytest

from keyhole.where import Where


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Where.variable("ANTHROPIC_API_KEY"), "ANTHROPIC_API_KEY in the environment"),
        (Where("/etc/a.json"), "/etc/a.json"),
        (Where("/etc/a.json", "env.A"), "/etc/a.json (env.A)"),
        (Where("/etc/a.json", "env.A", 3), "/etc/a.json:3 (env.A)"),
        (Where("--settings", line=1), "--settings:1"),
    ],
)
def test_a_place_reads_like_a_place(where: Where, said: str) -> None:
    """The file comes first, then its line, then the key."""
    assert str(where) == said
