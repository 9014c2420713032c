"""Whether a person let interactive use take an API key.

What Claude Code keeps of that is read. keyhole keeps its own record, by the key's digest, and its
own counts first.
"""

from __future__ import annotations

from keyhole import Machine, Secret
from keyhole.claude_code import answered
from keyhole.frozen import frozen

__all__ = ["KIND", "Approval", "in_claude_code", "of"]

KIND = "approvals"
"""The name of keyhole's own records of this."""


@frozen
class Approval:
    """A decision about a key.

    Attributes:
        approved: Whether the key may be used.
        reason: Why, as the rest of "ANTHROPIC_API_KEY …".
    """

    approved: bool
    reason: str


def of(machine: Machine, value: Secret) -> Approval:
    """The decision that counts for a key on this machine."""
    if not machine.interactive:
        return Approval(approved=True, reason="needs no approval in print mode")
    own = machine.decision(KIND, value.digest()).get("approved")
    if isinstance(own, bool):
        return Approval(own, "was approved" if own else "was denied with `keyhole deny`")
    if answered(machine.claude_state, value, "rejected"):
        return Approval(approved=False, reason="was rejected in Claude Code")
    if answered(machine.claude_state, value, "approved"):
        return Approval(approved=True, reason="was approved in Claude Code")
    return Approval(approved=False, reason="is not approved for interactive use yet")


def in_claude_code(machine: Machine, value: Secret) -> bool:
    """Whether Claude Code itself would use the key."""
    return not machine.interactive or answered(machine.claude_state, value, "approved")
