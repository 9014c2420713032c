"""A key of keyhole's configuration that a plugin reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyhole.frozen import frozen

__all__ = ["Option"]


@frozen
class Option:
    """A key in a table of the configuration.

    Attributes:
        key: The table and the key: "helper.timeout". `*` stands for any name of a table in that
            table: "mcp.*.account" is the key `account` of `[mcp."https://mcp.acme.example"]`.
        expected: What it takes, as the rest of "'helper.timeout' must be …".
        convert: The value that a TOML value stands for; None where it is not allowed.
        default: The value where the configuration does not say.
    """

    key: str
    expected: str
    convert: Callable[[object], Any]
    default: Any = None

    @property
    def parent(self) -> str:
        """The table whose tables have the key ("mcp"); empty where it is a plain key."""
        table, star, _ = self.key.partition(".*.")
        return table if star else ""

    @property
    def name(self) -> str:
        """The key without its table."""
        return self.key.rpartition(".")[2]

    @property
    def table(self) -> str:
        """The table that the key stands in."""
        return self.key.rpartition(".")[0]
