"""How Anthropic's own credentials begin, so that one in the wrong variable is seen."""

from __future__ import annotations

__all__ = ["API_KEY", "OAUTH_TOKEN"]

API_KEY = "sk-ant-api"
OAUTH_TOKEN = "sk-ant-oat"  # noqa: S105  # a prefix, no secret
