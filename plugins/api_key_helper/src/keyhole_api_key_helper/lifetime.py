"""For how long a helper's value is used before the helper is run again."""

from __future__ import annotations

import re

from keyhole import Machine, Where
from keyhole.frozen import frozen

__all__ = ["VARIABLE", "Lifetime", "lifetime"]

VARIABLE = "CLAUDE_CODE_API_KEY_HELPER_TTL_MS"

_DEFAULT = 300.0
_NUMBER = re.compile(r"\d{1,15}(\.\d*)?", re.ASCII)


@frozen
class Lifetime:
    """How long, and who says so.

    Attributes:
        seconds: How long; 0 runs the helper for every use.
        where: Where that was set; None for the default.
        warnings: What is wrong with what was set.
    """

    seconds: float
    where: Where | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"after {self.seconds:g} seconds" if self.seconds else "at every use"


def lifetime(machine: Machine) -> Lifetime:
    """What CLAUDE_CODE_API_KEY_HELPER_TTL_MS says; what is no number counts as the default."""
    variable = machine.variable(VARIABLE)
    if _NUMBER.fullmatch(variable.text):
        return Lifetime(float(variable.text) / 1000, variable.where)
    if variable.where is None:
        return Lifetime(_DEFAULT)
    what = "is not a number of milliseconds" if variable.value else "is empty"
    return Lifetime(
        _DEFAULT,
        warnings=(f"{variable.where} {what}; the default of {_DEFAULT:g} seconds is used.",),
    )
