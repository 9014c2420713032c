"""The region, from the places that Claude Code reads.

https://code.claude.com/docs/en/amazon-bedrock: AWS_REGION, AWS_DEFAULT_REGION, the active profile,
else us-east-1.
"""

from __future__ import annotations

import re

from keyhole import Machine, Where
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole_bedrock.profiles import Profile

__all__ = ["Region", "region_of"]

_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_FALLBACK = "us-east-1"
_SHAPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@frozen
class Region:
    """A region.

    Attributes:
        name: Its name; never anything but letters, digits and hyphens.
        where: Where it was set; None for the fallback.
        flaws: Why what was set can't be a region.
    """

    name: str
    where: Where | None = None
    flaws: tuple[Flaw, ...] = ()


def region_of(machine: Machine, profile: Profile | None) -> Region:
    """The region in force."""
    for name in _VARIABLES:
        variable = machine.variable(name)
        if variable.text:
            return _checked(variable.text, variable.where)
    if profile and profile.get("region"):
        return _checked(profile.get("region"), profile.where("region"))
    return Region(_FALLBACK)


def _checked(name: str, where: Where | None) -> Region:
    # It becomes a part of the host name, so that no other text may pass.
    if _SHAPE.fullmatch(name):
        return Region(name, where)
    flaw = Flaw(f"{where} is not the name of a region", f'set {where} to one such as "us-east-1"')
    return Region(_FALLBACK, where, (flaw,))
