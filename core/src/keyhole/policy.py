"""What user and administrator allow: who may win, and who may have a subscription token."""

from __future__ import annotations

from keyhole.config import Config
from keyhole.errors import RefusedError, UnexpectedCredentialError
from keyhole.forced import forced
from keyhole.machine import Machine
from keyhole.resolver import Verdict

__all__ = ["expect", "force", "refuse_subscription", "unexpected"]


def unexpected(config: Config, active: Verdict | None) -> str:
    """How the winner differs from what `[expect]` says; empty where it doesn't."""
    if active is None:
        return ""
    source, billing = active.source.name, active.source.billing
    if config.expect_source and config.expect_source != source:
        return f"the source {config.expect_source} is expected, and {source} wins"
    if config.expect_billing and config.expect_billing != billing:
        bills = f"{source} bills {billing}"
        if billing == "other":
            bills = f'whom {source} bills is not known to keyhole (billing = "other")'
        return f"{config.expect_billing} is expected to be billed, and {bills}"
    return ""


def expect(config: Config, active: Verdict | None) -> None:
    """Stops before anything is loaded or sent where another credential wins than expected.

    Raises:
        UnexpectedCredentialError: It does.
    """
    problem = unexpected(config, active)
    if problem and active is not None:
        raise UnexpectedCredentialError(
            problem,
            where=str(active.finding.where or ""),
            remedy="remove what wins, or change [expect] in the configuration",
        )


def force(machine: Machine, active: Verdict | None) -> None:
    """Stops before anything is loaded or sent where an administrator asks for another login.

    Raises:
        UnexpectedCredentialError: They do.
    """
    problem = forced(machine, active)
    if problem and active is not None:
        raise UnexpectedCredentialError(
            problem,
            where=str(active.finding.where or ""),
            remedy="remove what wins, and log in with `claude auth login`",
        )


def refuse_subscription(config: Config, verdict: Verdict) -> None:
    """Keeps a subscription's token from everything but `claude` itself.

    Anthropic's terms bar third parties from collecting or routing them
    (https://code.claude.com/docs/en/legal-and-compliance).

    Raises:
        RefusedError: The token is a subscription's, and `[subscription] use` is not "any".
    """
    if verdict.source.billing == "subscription" and config.subscription_use != "any":
        raise RefusedError(
            f"{verdict.source.name} is a subscription's, which is handed to `claude` alone",
            where=str(verdict.finding.where or ""),
            remedy="`keyhole run -- claude …`, or an API key; "
            '[subscription] use = "any" in the configuration lifts this',
        )
