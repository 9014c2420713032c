"""Where something was found, in the words in which a person would look for it."""

from __future__ import annotations

from keyhole.frozen import frozen

__all__ = ["ENVIRONMENT", "Where"]

ENVIRONMENT = "the environment"


@frozen
class Where:
    """A place on this machine.

    Attributes:
        place: A file's path, `--settings`, or `ENVIRONMENT`.
        key: The variable, or the key inside the file (`env.ANTHROPIC_API_KEY`).
        line: The line in the file, counted from 1; None where lines mean nothing.
    """

    place: str
    key: str = ""
    line: int | None = None

    @classmethod
    def variable(cls, name: str) -> Where:
        """The variable `name` of the process's own environment."""
        return cls(ENVIRONMENT, name)

    def __str__(self) -> str:
        if self.place == ENVIRONMENT:
            return f"{self.key} in {ENVIRONMENT}"
        spot = self.place if self.line is None else f"{self.place}:{self.line}"
        return f"{spot} ({self.key})" if self.key else spot
