"""The known tiers as plain data: their order, what switches each on, and who serves it.

With this the framework fails closed: a tier that is switched on and has no plugin to serve it is
`Broken` and wins, where a lower tier would otherwise be used in silence. Third parties take the
numbers between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

from keyhole.frozen import frozen
from keyhole.wire import Wire

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole.source import CredentialSource
    from keyhole.where import Where

__all__ = ["BILLINGS", "ORDERS", "TIERS", "Tier", "payer"]

BILLINGS = ("anthropic-api", "aws", "azure", "google-cloud", "other", "subscription")
"""Who may be billed for what a credential pays; "other" is whoever it belongs to."""

_PAYERS = {
    "anthropic-api": "the Anthropic API account",
    "aws": "the AWS account",
    "azure": "the Azure account",
    "google-cloud": "the Google Cloud project",
    "subscription": "the subscription",
}


def payer(source: CredentialSource) -> str:
    """Who pays for what a source's credential is used for, in words for a person."""
    return _PAYERS.get(source.billing) or f"whoever the credential of {source.name} belongs to"


class Trigger(Protocol):
    """Tells whether a tier is switched on, without serving it."""

    def place(self, machine: Machine) -> Where | None:
        """Where it is switched on; None where it isn't."""

    @property
    def absence(self) -> str:
        """Why it isn't, where it isn't."""

    @property
    def variables(self) -> frozenset[str]:
        """The variables that switch it on."""


@frozen
class Flag:
    """A variable that says yes."""

    name: str

    def place(self, machine: Machine) -> Where | None:
        variable = machine.variable(self.name)
        return variable.where if variable.on else None

    @property
    def absence(self) -> str:
        return f"{self.name} is not switched on"

    @property
    def variables(self) -> frozenset[str]:
        return frozenset({self.name})


@frozen
class Value:
    """A variable that holds anything."""

    name: str
    in_bare: bool = True

    def place(self, machine: Machine) -> Where | None:
        if machine.bare and not self.in_bare:
            return None
        variable = machine.variable(self.name)
        return variable.where if variable.value else None

    @property
    def absence(self) -> str:
        return f"{self.name} is not set"

    @property
    def variables(self) -> frozenset[str]:
        return frozenset({self.name})


@frozen
class Command:
    """A setting that names a program; in bare mode only `--settings` counts."""

    name: str

    def place(self, machine: Machine) -> Where | None:
        setting = machine.setting(self.name)
        return setting.where if setting.value else None

    @property
    def absence(self) -> str:
        return f"{self.name} is not set in any settings"

    variables: ClassVar[frozenset[str]] = frozenset()


@frozen
class Login:
    """Claude Code's own login on disk, or a key that a Console login made."""

    def place(self, machine: Machine) -> Where | None:
        if machine.bare:
            return None
        stored = machine.json(machine.config_folder / ".credentials.json")
        if stored.problem:
            return stored.where()
        if stored.get("claudeAiOauth", "accessToken"):
            return stored.where("claudeAiOauth")
        state = machine.claude_state
        return state.where("primaryApiKey") if state.get("primaryApiKey") else None

    @property
    def absence(self) -> str:
        return "Claude Code is not logged in"

    variables: ClassVar[frozenset[str]] = frozenset()


@frozen
class Tier:
    """One place in the order.

    Attributes:
        name: The source that serves it.
        priority: Its rank in the order `claude-code`; the higher is asked first.
        distribution: What to install for it.
        trigger: What switches it on.
        wire: Which of Claude Code's slots it fills.
        billing: Who is billed.
    """

    name: str
    priority: int
    distribution: str
    trigger: Trigger
    wire: Wire
    billing: str


_CLOUD = Wire.provider("authorization")

TIERS: tuple[Tier, ...] = (
    Tier("bedrock", 900, "keyhole-bedrock", Flag("CLAUDE_CODE_USE_BEDROCK"), _CLOUD, "aws"),
    Tier("foundry", 890, "keyhole-foundry", Flag("CLAUDE_CODE_USE_FOUNDRY"), _CLOUD, "azure"),
    Tier(
        "anthropic-aws",
        885,
        "keyhole-bedrock",
        Flag("CLAUDE_CODE_USE_ANTHROPIC_AWS"),
        _CLOUD,
        "aws",
    ),
    Tier("mantle", 882, "keyhole-bedrock", Flag("CLAUDE_CODE_USE_MANTLE"), _CLOUD, "aws"),
    Tier("vertex", 880, "keyhole-vertex", Flag("CLAUDE_CODE_USE_VERTEX"), _CLOUD, "google-cloud"),
    Tier(
        "auth-token",
        800,
        "keyhole-environment",
        Value("ANTHROPIC_AUTH_TOKEN"),
        Wire.header("authorization"),
        "other",
    ),
    Tier(
        "api-key",
        700,
        "keyhole-environment",
        Value("ANTHROPIC_API_KEY"),
        Wire.header("x-api-key"),
        "anthropic-api",
    ),
    Tier(
        "api-key-helper",
        600,
        "keyhole-api-key-helper",
        Command("apiKeyHelper"),
        Wire.header("authorization", "x-api-key"),
        "other",
    ),
    Tier(
        "oauth-token",
        500,
        "keyhole-environment",
        Value("CLAUDE_CODE_OAUTH_TOKEN", in_bare=False),
        Wire.login("authorization"),
        "subscription",
    ),
    Tier("login", 400, "keyhole-login", Login(), Wire.login("authorization"), "subscription"),
)

ORDERS: Mapping[str, Mapping[str, int]] = {
    "claude-code": {tier.name: tier.priority for tier in TIERS},
    # The anthropic SDK takes the API key before the auth token (anthropic 2.12, default chain).
    "anthropic-sdk": {tier.name: tier.priority for tier in TIERS} | {"api-key": 810},
}
"""The named orders: priorities by source name, which replace the declared ones."""
