"""CLAUDE_CODE_OAUTH_TOKEN: the year-long token that `claude setup-token` prints."""

from __future__ import annotations

from keyhole import OAUTH_TOKEN, Absent, Broken, Found, Ignored, Machine, Secret, Wire
from keyhole.flaw import Flaw
from keyhole.source import missing
from keyhole_environment import shape
from keyhole_environment.present import present

__all__ = ["OAuthToken"]

VARIABLE = "CLAUDE_CODE_OAUTH_TOKEN"
WIRE = Wire.login("authorization")


class OAuthToken:
    """Sends the variable as `Authorization: Bearer` with the OAuth beta header."""

    name = "oauth-token"
    priority = 500
    selectors = frozenset({VARIABLE})
    billing = "subscription"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        variable = machine.variable(VARIABLE)
        if variable.value is None or variable.where is None:
            return missing(variable)
        if machine.bare:
            return Ignored(
                where=variable.where,
                reason="it is not read in bare mode",
                remedy="leave out --bare, or export ANTHROPIC_API_KEY",
            )
        return present(machine, variable, OAUTH_TOKEN, WIRE, misplaced=_misplaced(variable.value))


def _misplaced(value: Secret) -> Flaw | None:
    if not value.reveal().startswith(shape.API_KEY):
        return None
    return Flaw(
        "is an API key (sk-ant-api…), which is refused where an OAuth token belongs",
        f"export it as ANTHROPIC_API_KEY and unset {VARIABLE}",
    )
