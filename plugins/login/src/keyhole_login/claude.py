"""Driving the installed `claude`: its login belongs to it, and only it changes that."""

from __future__ import annotations

from collections.abc import Sequence

from keyhole import Broken, Found, Host, Machine
from keyhole.errors import ProgramError
from keyhole.moment import moment
from keyhole.source import Absent, Ignored
from keyhole_login.console_key import ConsoleKey
from keyhole_login.login import Login

__all__ = ["attend", "described", "found"]

_INSTALL = "install Claude Code (https://code.claude.com/docs/en/setup), or put it on PATH"


def attend(arguments: Sequence[str], machine: Machine, host: Host) -> int:
    """Runs `claude` in the foreground, as the user would; gives its exit code.

    Raises:
        ProgramError: It is not installed, or can't be run.
    """
    try:
        return host.attend(["claude", *arguments], machine.environment())
    except ProgramError as error:
        command = " ".join(["claude", *arguments])
        raise type(error)(
            f"it is needed for `{command}`: {error.problem}", where=error.where, remedy=_INSTALL
        ) from error


def found(machine: Machine) -> Found | Broken | Ignored | None:
    """Claude Code's own login, or the key that a Console login made; None where neither is."""
    findings = (source.find(machine) for source in (Login(), ConsoleKey()))
    present = [finding for finding in findings if not isinstance(finding, Absent)]
    usable = [finding for finding in present if isinstance(finding, Found)]
    return next(iter([*usable, *present]), None)


def described(finding: Found) -> str:
    """Who is logged in and until when, in one sentence."""
    said = [d.value for d in finding.details if d.name in ("account", "org", "plan")]
    who = f" as {', '.join(said)}" if said else ""
    until = f", until {moment(finding.expires_at)}" if finding.expires_at else ""
    return f"Claude Code is logged in{who}{until} ({finding.where})."
