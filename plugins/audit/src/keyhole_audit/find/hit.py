"""A secret that was found in a text."""

from __future__ import annotations

import attrs

from keyhole import Secret

__all__ = ["Hit", "apart"]


@attrs.frozen
class Hit:
    """A secret and where it stands in the text.

    Attributes:
        kind: What it is, with its article: "a GitHub token".
        secret: The secret.
        start: Where it begins in the text.
        name: What it stands under (a variable, a header, an option); empty where nothing says.
    """

    kind: str
    secret: Secret
    start: int
    name: str = ""

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.start + len(self.secret.reveal())

    @property
    def description(self) -> str:
        """The kind with the secret's last characters, for people to tell secrets apart."""
        ending = self.secret.ending()
        return f"{self.kind} that ends in {ending}" if ending else self.kind


def apart(hits: list[Hit]) -> list[Hit]:
    """Each place once: of those that overlap, the first in the list counts."""
    kept: list[Hit] = []
    for hit in hits:
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)
