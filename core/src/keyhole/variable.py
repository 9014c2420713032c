"""A variable or a setting as it is in force, with its provenance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from keyhole.claude_code import is_on
from keyhole.frozen import frozen
from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole.settings import Distrust, Layer
from keyhole.where import Where

__all__ = ["PassedOver", "Setting", "Variable"]


@frozen
class PassedOver:
    """A value that is there and does not count.

    Attributes:
        where: Where it stands.
        why: The reason, and what would make it count.
    """

    where: Where
    why: Distrust

    def __str__(self) -> str:
        """A sentence for the user."""
        # A clone's variable may be called anything.
        place = printable(str(self.where))
        return f"{place} is passed over: {self.why.reason}. {self.why.remedy} changes that."


@frozen
class Variable:
    """A variable after the `env` blocks of all settings had their say.

    Attributes:
        name: The variable.
        value: Its text, trimmed; None where it is unset, empty or only white space.
        where: Where that was decided, also when what stands there is empty; None if nowhere.
        blank: Only white space stands there, which counts as unset.
        passed_over: Stronger places that name it and are not trusted.
    """

    name: str
    value: Secret | None = None
    where: Where | None = None
    blank: bool = False
    passed_over: tuple[PassedOver, ...] = ()

    @classmethod
    def of(
        cls, name: str, value: Secret | None, where: Where | None, over: Iterable[PassedOver]
    ) -> Self:
        """A variable with what stands there, as it stands there; see the attributes."""
        text = value.reveal() if value else ""
        trimmed = text.strip()
        return cls(
            name,
            Secret(trimmed) if trimmed else None,
            where,
            blank=bool(text) and not trimmed,
            passed_over=tuple(over),
        )

    @property
    def text(self) -> str:
        """The value as plain text, for what is no secret (a region, a URL); empty if unset."""
        return self.value.reveal() if self.value else ""

    @property
    def on(self) -> bool:
        """Whether Claude Code takes this for a flag that is switched on."""
        return is_on(self.text)

    @property
    def absence(self) -> str:
        """Why there is no value, in one clause."""
        if self.where is None:
            return f"{self.name} is not set"
        kind = "only white space" if self.blank else "empty"
        return f"{self.where} is {kind}, which counts as unset"


@frozen
class Setting:
    """A scalar of Claude Code's settings.

    Attributes:
        name: The setting's key.
        value: Its text; None where no layer that counts has it, or where it is switched off (`""`).
        where: Where that was decided.
        layer: The settings file that decided.
        passed_over: Stronger places that have it and are not trusted.
    """

    name: str
    value: Secret | None = None
    where: Where | None = None
    layer: Layer | None = None
    passed_over: tuple[PassedOver, ...] = ()
