"""The variables that choose Vertex AI; a child that must not use it does not get them."""

from __future__ import annotations

__all__ = ["BASE_URL", "FLAG", "PROJECT", "SKIP_AUTH"]

FLAG = "CLAUDE_CODE_USE_VERTEX"
SKIP_AUTH = "CLAUDE_CODE_SKIP_VERTEX_AUTH"
PROJECT = "ANTHROPIC_VERTEX_PROJECT_ID"
BASE_URL = "ANTHROPIC_VERTEX_BASE_URL"
