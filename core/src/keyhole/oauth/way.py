"""How a person takes part in a login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from keyhole.frozen import field, frozen

if TYPE_CHECKING:
    from keyhole.machine import Machine

__all__ = ["Way"]


@frozen
class Way:
    """How a person takes part.

    Attributes:
        environ: The variables: BROWSER, DISPLAY…
        platform: A `sys.platform`.
        present: Whether a person is there at all.
        browser: Whether a browser may be opened.
        paste: Whether the answer may be pasted into the terminal.
        hostname: Where the browser comes back to: "127.0.0.1", "::1" or "localhost".
        port: The port of the same; 0 for a free one (RFC 8252, section 7.3).
        path: The path of the same.
        seconds: How long the person may take.
    """

    environ: Mapping[str, str] = field(repr=False)
    platform: str
    present: bool
    browser: bool = True
    paste: bool = True
    hostname: str = "127.0.0.1"
    port: int = 0
    path: str = "/callback"
    seconds: float = 300.0

    @classmethod
    def of(cls, machine: Machine, *, present: bool, **more: Any) -> Way:
        """The way on a machine; `more` are the other attributes."""
        return cls(machine.environment(), machine.platform, present, **more)
