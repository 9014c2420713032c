"""The source `console-key`: the API key that `claude auth login --console` made and kept.

It stands in `.claude.json` and is billed to the API, not to a subscription: that is why it is a
source beside `login`, whose billing is another.
"""

from __future__ import annotations

from keyhole import (
    API_KEY,
    Absent,
    Broken,
    Found,
    HeaderCredential,
    Host,
    Ignored,
    Machine,
    Secret,
    Wire,
)
from keyhole.endpoint import first_party
from keyhole.flaw import Flaw, of_token
from keyhole_login.account import CONSOLE_KEY, account_details, has_console_key
from keyhole_login.forced import refusal_of_key

__all__ = ["ConsoleKey"]

WIRE = Wire.login("x-api-key")


class ConsoleKey:
    """A Console login's API key, which Claude Code uses where no other login is there."""

    name = "console-key"
    priority = 395
    selectors: frozenset[str] = frozenset()
    billing = "anthropic-api"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        if not has_console_key(machine):
            return Absent(reason="Claude Code has no key of a Console login")
        where = machine.claude_state.where(CONSOLE_KEY)
        if machine.bare:
            return Ignored(
                where=where,
                reason="it is not read in bare mode",
                remedy="leave out --bare, or export ANTHROPIC_API_KEY",
            )
        return _found(machine, Secret(machine.claude_state.get(CONSOLE_KEY).strip()))


def _found(machine: Machine, key: Secret) -> Broken | Found:
    where, endpoint = machine.claude_state.where(CONSOLE_KEY), first_party(machine)
    wrong = of_token(CONSOLE_KEY, key)
    if endpoint.problem:
        wrong = Flaw(endpoint.refusal, endpoint.remedy)
    elif wrong:
        wrong = Flaw(f"it {wrong.reason}", "`claude auth login --console`, which makes another")
    elif refused := refusal_of_key(machine):
        wrong = Flaw(*refused)
    details, warnings = account_details(machine), endpoint.warnings("the key of the Console login")
    if wrong:
        return Broken(
            where=where,
            reason=wrong.reason,
            remedy=wrong.remedy,
            details=details,
            warnings=warnings,
            wire=WIRE,
        )
    credential = HeaderCredential(API_KEY, key, endpoint.url)

    def load(host: Host, rejected: Secret | None) -> HeaderCredential:  # noqa: ARG001  # a refused key can't be made anew
        return credential

    return Found(
        where=where,
        load=load,
        kind=API_KEY,
        endpoint=endpoint,
        usable=True,
        details=details,
        warnings=warnings,
        wire=WIRE,
        native=True,
    )
