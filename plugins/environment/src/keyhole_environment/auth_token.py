"""ANTHROPIC_AUTH_TOKEN: a bearer token, mostly for a gateway."""

from __future__ import annotations

from keyhole import BEARER, Absent, Broken, Found, Ignored, Machine, Wire
from keyhole_environment.present import nothing, present
from keyhole_environment.shape import API_KEY, OAUTH_TOKEN

__all__ = ["AuthToken"]

VARIABLE = "ANTHROPIC_AUTH_TOKEN"
WIRE = Wire.header("authorization")


class AuthToken:
    """Sends the variable as `Authorization: Bearer`."""

    name = "auth-token"
    priority = 800
    selectors = frozenset({VARIABLE})
    billing = "other"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        variable = machine.variable(VARIABLE)
        if variable.value is None:
            return nothing(machine, variable, WIRE)
        return present(machine, variable, BEARER, WIRE, warnings=_doubts(variable.text))


def _doubts(text: str) -> tuple[str, ...]:
    # A gateway may take either as a plain bearer, so neither is an error.
    if text.startswith(OAUTH_TOKEN):
        return (
            f"{VARIABLE} holds an OAuth token (sk-ant-oat…), which the Anthropic API takes only "
            "with the OAuth header: export it as CLAUDE_CODE_OAUTH_TOKEN instead.",
        )
    if text.startswith(API_KEY):
        return (
            f"{VARIABLE} holds an API key (sk-ant-api…), which the Anthropic API takes as "
            "x-api-key: export it as ANTHROPIC_API_KEY instead.",
        )
    return ()
