"""Options in each table of a table: `[acme."https://one.example"]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyhole.config import Config, load
from keyhole.errors import ConfigError
from keyhole.files import MemoryFiles
from keyhole.option import Option

REGION = Option(
    "acme.*.region", "a text", lambda value: value if isinstance(value, str) else None, ""
)


def _config(text: str) -> Config:
    return load(MemoryFiles({Path("c.toml"): text}), Path("c.toml"))


def test_each_table_says_its_own() -> None:
    """Values and their lines are known by the table's name, dots and slashes included."""
    config = _config('[acme."https://one.example/a"]\nregion = "eu"\n\n[acme.two]\nregion = "us"\n')
    assert config.each(REGION) == {"https://one.example/a": "eu", "two": "us"}
    assert config.spots(REGION) == {"https://one.example/a": "c.toml:2", "two": "c.toml:5"}
    assert config.check([REGION]) == ()


@pytest.mark.parametrize(
    "text", ["[acme.two]\nregion = 3\n", "[acme.two]\nplace = 3\n", "[acme]\nregion = 'eu'\n"]
)
def test_what_no_table_may_hold_is_refused(text: str) -> None:
    """A wrong value, a key that there is not, and a key outside a table are errors with a place."""
    with pytest.raises(ConfigError) as caught:
        _config(text).check([REGION])
    assert caught.value.where.startswith("c.toml:")
