"""How a person takes part in a login, and how it ended."""

from __future__ import annotations

import enum
from collections.abc import Callable

from keyhole.frozen import frozen

__all__ = ["Ended", "How"]


@frozen
class How:
    """How a person takes part in a login.

    Attributes:
        tell: Says something to the person.
        browser: Whether a browser may be opened.
        device: Whether the person's browser is on another device (RFC 8628).
        seconds: How long to wait for the person.
    """

    tell: Callable[[str], None]
    browser: bool = True
    device: bool = False
    seconds: float = 300.0


class Ended(enum.Enum):
    """How a logout ended."""

    NOTHING = "nobody was logged in"
    HERE = "the token is gone here"
    THERE = "the server has ended it, too"
