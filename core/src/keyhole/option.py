"""A key of keyhole's configuration that a plugin reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["Option"]


@attrs.frozen
class Option:
    """A key in a table of the configuration.

    Attributes:
        key: The table and the key: "helper.timeout".
        expected: What it takes, as the rest of "'helper.timeout' must be …".
        convert: The value that a TOML value stands for; None where it is not allowed.
        default: The value where the configuration does not say.
    """

    key: str
    expected: str
    convert: Callable[[object], Any]
    default: Any = None

    @property
    def table(self) -> str:
        """The table that the key stands in."""
        return self.key.rpartition(".")[0]
