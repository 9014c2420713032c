"""What is known of Claude Code itself, as plain data: its files, its settings, its words.

Documented at https://code.claude.com/docs (settings, authentication) and observed with 2.1.330.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "HELPER_SETTINGS",
    "HOST_MANAGED",
    "PROVIDER_FLAGS",
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

HELPER_SETTINGS = ("apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh")
"""Settings that name a command to run."""

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
"""Variables that no settings file may set while CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST is on."""

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
