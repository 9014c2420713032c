"""A command of the command line, before it is imported."""

from __future__ import annotations

from keyhole.frozen import frozen

__all__ = ["Command"]


@frozen
class Command:
    """A command that is imported only when it is called.

    Attributes:
        name: What the user types.
        summary: One sentence for `keyhole --help`.
        target: Where the click command is: "module:attribute".
    """

    name: str
    summary: str
    target: str
