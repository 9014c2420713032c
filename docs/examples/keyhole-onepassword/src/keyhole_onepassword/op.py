"""Reading one field with `op read`."""

from __future__ import annotations

import re
import shlex

from keyhole import Host, Machine, Secret
from keyhole.errors import HelperError
from keyhole.process import Command, Outcome
from keyhole.redaction import printable, redact

__all__ = ["read"]

SECONDS = 60.0
"""So long may a person take to unlock 1Password."""

NOT_FOUND = 127
"""What a shell says of a program that is not there."""


def read(host: Host, machine: Machine, reference: str) -> Secret:
    """The key that a secret reference stands for.

    Args:
        host: What runs `op`.
        machine: The folder and the variables that it runs with: `OP_SERVICE_ACCOUNT_TOKEN` or
            `OP_ACCOUNT`, where they are set.
        reference: "op://VAULT/ITEM/FIELD".

    Raises:
        HelperError: `op` failed, or the field holds no key.
    """
    command = Command(
        shlex.join(["op", "read", "--no-newline", reference]),
        cwd=machine.cwd,
        env=machine.environment(),
        timeout=SECONDS,
        on_slow=lambda: host.tell("waiting for 1Password, which may ask you to unlock it"),
    )
    outcome = host.run(command)
    problem, remedy = _ending(outcome, reference)
    key = outcome.stdout.decode("ascii", "replace")
    if not problem and not re.fullmatch("[!-~]+", key):
        problem, remedy = "the field holds no key", "name the field that holds the key alone"
    if problem:
        raise HelperError(problem, where=reference, remedy=remedy)
    return Secret(key)


def _ending(outcome: Outcome, reference: str) -> tuple[str, str]:
    """What was wrong with the way in which `op` ended, and what to do; both empty if nothing."""
    if outcome.code == 0:
        return "", ""
    if outcome.code is None:
        return f"op gave no answer in {SECONDS:g} seconds", "unlock 1Password, and try again"
    if outcome.code == NOT_FOUND:
        return "op is not installed, or not on PATH", "install 1Password CLI"
    lines = outcome.stderr.decode("utf-8", "replace").strip().splitlines()
    said = redact(printable(lines[-1])) if lines else "it said nothing"
    return f"op failed: {said}", f"try `op read '{reference}'`, and `op signin` where it asks"
