"""What is known of Claude Code itself, as plain data: its files, its settings, its words.

Documented at https://code.claude.com/docs (settings, authentication) and observed with 2.1.330.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyhole.document import Document
    from keyhole.secret import Secret

__all__ = [
    "BY_HOST",
    "HELPER_SETTINGS",
    "HOST_MANAGED",
    "PROFILE_VARIABLES",
    "PROVIDER_FLAGS",
    "PROVIDER_PREFIXES",
    "PROVIDER_SETTINGS",
    "SKIP_FLAGS",
    "answered",
    "is_on",
    "managed_folder",
]

PROVIDER_FLAGS = (
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
)
"""The switches of the cloud providers, in the order in which Claude Code takes them."""

SKIP_FLAGS = (
    "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_FOUNDRY_AUTH",
    "CLAUDE_CODE_SKIP_MANTLE_AUTH",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH",
)
"""With one of these a provider's requests carry a gateway's token instead of its own."""

PROVIDER_PREFIXES = {
    "aws": ("AWS_", "ANTHROPIC_AWS_"),
    "azure": ("AZURE_",),
    "google-cloud": (
        *("ANTHROPIC_VERTEX_", "CLOUDSDK_", "CLOUD_ML_", "GCE_", "GCLOUD_", "GOOGLE_", "VERTEX_"),
    ),
}
"""How variables begin that tell a provider's library which account to take, by billing."""

PROVIDER_SETTINGS = {
    "aws": ("awsAuthRefresh", "awsCredentialExport"),
    "azure": (),
    "google-cloud": ("gcpAuthRefresh",),
}
"""Settings that name a command for a provider, by billing."""

PROFILE_VARIABLES = ("ANTHROPIC_PROFILE", "ANTHROPIC_FEDERATION_RULE_ID")
"""What chooses a profile or a federation, which rank between a setup token and the login."""

HELPER_SETTINGS = (
    "apiKeyHelper",
    *(name for names in PROVIDER_SETTINGS.values() for name in names),
)
"""Settings that name a command to run."""

BY_HOST = "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"
"""The switch by which whoever starts Claude Code chooses the provider, and settings do not."""

HOST_MANAGED = frozenset(
    {
        *PROVIDER_FLAGS,
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_AWS_API_KEY",
        "ANTHROPIC_AWS_BASE_URL",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
        "ANTHROPIC_CUSTOM_HEADERS",
        "ANTHROPIC_FOUNDRY_API_KEY",
        "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
        "ANTHROPIC_FOUNDRY_BASE_URL",
        "ANTHROPIC_FOUNDRY_RESOURCE",
        "ANTHROPIC_VERTEX_BASE_URL",
        "ANTHROPIC_VERTEX_PROJECT_ID",
        "AWS_BEARER_TOKEN_BEDROCK",
        "CLAUDE_CODE_OAUTH_TOKEN",
    }
)
"""Variables that no settings file may set while `BY_HOST` is on."""

_TAIL = 20

_ON = frozenset({"1", "true", "yes", "on"})


def is_on(text: str) -> bool:
    """Whether Claude Code takes a flag's text for yes: 1, true, yes, on; case does not matter."""
    return text.strip().lower() in _ON


def managed_folder(platform: str) -> Path:
    """Where an administrator puts `managed-settings.json`; `platform` is a `sys.platform`."""
    match platform:
        case "darwin":
            return Path("/Library/Application Support/ClaudeCode")
        case "win32":
            return Path(r"C:\Program Files\ClaudeCode")
        case _:
            return Path("/etc/claude-code")


def answered(state: Document, key: Secret, answer: str) -> bool:
    """Whether a person gave an answer when Claude Code asked whether to use an API key.

    Args:
        state: Claude Code's state file, which keeps the last 20 characters of each such key.
        key: The key.
        answer: "approved" or "rejected".
    """
    tails = state.get("customApiKeyResponses", answer)
    return isinstance(tails, list) and key.reveal()[-_TAIL:] in tails
