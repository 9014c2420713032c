"""The variables that choose Foundry; a child that must not use it does not get them."""

from __future__ import annotations

__all__ = ["API_KEY", "AUTH_TOKEN", "BASE_URL", "FLAG", "RESOURCE", "SKIP"]

FLAG = "CLAUDE_CODE_USE_FOUNDRY"
AUTH_TOKEN = "ANTHROPIC_FOUNDRY_AUTH_TOKEN"  # noqa: S105  # a variable's name
API_KEY = "ANTHROPIC_FOUNDRY_API_KEY"
SKIP = "CLAUDE_CODE_SKIP_FOUNDRY_AUTH"
BASE_URL = "ANTHROPIC_FOUNDRY_BASE_URL"
RESOURCE = "ANTHROPIC_FOUNDRY_RESOURCE"
