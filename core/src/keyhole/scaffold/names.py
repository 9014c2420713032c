"""The names of a plugin: it is called the same everywhere, as each place spells it."""

from __future__ import annotations

import re

import attrs

from keyhole.errors import UsageError
from keyhole.misfit import is_kebab

__all__ = ["Names", "named"]

LONGEST = 30
"""So many characters, and the lines of what is written stay short."""


@attrs.frozen
class Names:
    """How one plugin is called.

    Attributes:
        name: In kebab-case: the source, the store, the command and the entry point.
    """

    name: str

    @property
    def distribution(self) -> str:
        """What is installed: "keyhole-acme-vault"."""
        return f"keyhole-{self.name}"

    @property
    def module(self) -> str:
        """What is imported: "keyhole_acme_vault"."""
        return self.distribution.replace("-", "_")

    @property
    def prefix(self) -> str:
        """What its classes begin with: "AcmeVault"; not "Test", which pytest would take for one."""
        words = "".join(word.capitalize() for word in self.name.split("-"))
        return f"My{words}" if words.startswith("Test") else words


def named(name: str) -> Names:
    """The names of a plugin.

    Args:
        name: As a person typed it.

    Raises:
        UsageError: It is no name for a plugin; with the nearest one that is.
    """
    problem = _problem(name)
    if problem:
        better = _better(name)
        raise UsageError(
            f"'{name}' {problem}" + (f" (did you mean {better}?)" if better else ""),
            where="NAME",
            remedy=f"choose up to {LONGEST} small letters and digits, with hyphens between words",
        )
    return Names(name)


def _problem(name: str) -> str:
    if not is_kebab(name):
        return "is not in kebab-case, as acme-vault is"
    if name.startswith("keyhole-"):
        return "begins with keyhole-, which the distribution's name does anyway"
    return "is too long" if len(name) > LONGEST else ""


def _better(name: str) -> str:
    """The same name as it may be; empty where nothing of it can stay."""
    better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").removeprefix("keyhole-")
    return "" if _problem(better) else better
