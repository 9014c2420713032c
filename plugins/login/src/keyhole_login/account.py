"""Who is logged in, as Claude Code's state file says it: `oauthAccount` in `.claude.json`."""

from __future__ import annotations

from keyhole import Detail, Machine, Where
from keyhole_login.stored import identifier, text_of

__all__ = ["CONSOLE_KEY", "account_details", "account_place", "has_console_key", "organisation"]

ACCOUNT = "oauthAccount"
CONSOLE_KEY = "primaryApiKey"
"""The key that `claude auth login --console` made, in the same file."""

_SHOWN = {"account": "emailAddress", "org": "organizationName"}


def account_place(machine: Machine) -> Where | None:
    """Where the state file names an account; None where it names none."""
    account = machine.claude_state.get(ACCOUNT)
    return machine.claude_state.where(ACCOUNT) if isinstance(account, dict) and account else None


def account_details(machine: Machine) -> tuple[Detail, ...]:
    """The account and the organisation, as far as they are said."""
    state = machine.claude_state
    said = {name: text_of(state.get(ACCOUNT, key)) for name, key in _SHOWN.items()}
    return tuple(Detail(name, value) for name, value in said.items() if value)


def organisation(machine: Machine) -> str:
    """The identifier of the account's organisation; empty where it is not said."""
    return identifier(machine.claude_state.get(ACCOUNT, "organizationUuid"))


def has_console_key(machine: Machine) -> bool:
    """Whether a Console login left an API key, which Claude Code uses where no login is there."""
    key = machine.claude_state.get(CONSOLE_KEY)
    return isinstance(key, str) and bool(key.strip())
