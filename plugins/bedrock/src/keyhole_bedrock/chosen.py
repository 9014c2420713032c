"""Which profile was chosen by name.

`AWS_PROFILE` wins over keys in the environment, as in Claude Code; botocore alone would take the
keys. `AWS_DEFAULT_PROFILE` is botocore's own, and Claude Code does not read it.
"""

from __future__ import annotations

from keyhole import Machine, Option, Where
from keyhole.frozen import frozen

__all__ = ["PROFILE", "Chosen", "choose"]

_VARIABLE = "AWS_PROFILE"


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


PROFILE = Option("bedrock.profile", "the name of a profile", _name, "")
"""The profile for Claude on AWS alone: no other program is given it, or the keys it leads to."""


@frozen
class Chosen:
    """A profile's name, and who named it.

    Attributes:
        name: The name.
        where: Where it was named.
        private: Whether it is for keyhole alone.
    """

    name: str
    where: Where
    private: bool = False


def choose(machine: Machine) -> Chosen | None:
    """The profile that was named; None where botocore's default is to be used."""
    own: str = machine.config.get(PROFILE)
    if own:
        spot = machine.config.entries[PROFILE.key].spot
        return Chosen(own, Where(spot, PROFILE.key), private=True)
    variable = machine.variable(_VARIABLE)
    if variable.value is None or variable.where is None:
        return None
    return Chosen(variable.text, variable.where)
