"""What authorizes a request to Foundry, and the SDK's client for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole import HeaderCredential, Kind
from keyhole.frozen import frozen

__all__ = ["API_KEY", "AUTH_TOKEN", "ENTRA", "NOTHING", "FoundryCredential"]

# Claude Code and AnthropicFoundry (anthropic 2.12, lib/foundry.py) both send a key as x-api-key;
# the SDK adds the older `api-key` with the same text, which the endpoint does not need.
API_KEY = Kind("foundry-api-key", ("x-api-key",), ("ANTHROPIC_FOUNDRY_API_KEY",))
AUTH_TOKEN = Kind("foundry-auth-token", ("authorization",), ("ANTHROPIC_FOUNDRY_AUTH_TOKEN",))
ENTRA = Kind("entra-token", ("authorization",), ("ANTHROPIC_FOUNDRY_AUTH_TOKEN",))
NOTHING = Kind("none", ())

_PLACEHOLDER = "held-by-keyhole"


@frozen
class FoundryCredential(HeaderCredential):
    """A key or a token for one Foundry endpoint, or nothing where a gateway adds its own."""

    def child_env(self) -> Mapping[str, str]:
        given = {name: self.secret.reveal() for name in self.kind.variables}
        skip = {} if given else {"CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1"}
        return {
            "CLAUDE_CODE_USE_FOUNDRY": "1",
            "ANTHROPIC_FOUNDRY_BASE_URL": self.endpoint,
            **given,
            **skip,
        }

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
        import anthropic

        # Both placeholders are given so that no variable is read in their stead; with a token
        # provider the client fills only `Authorization`, which `auth` takes out or replaces.
        arguments: dict[str, Any] = {
            "base_url": self.endpoint,
            "api_key": _PLACEHOLDER,
            "azure_ad_token_provider": _placeholder,
        }
        if asynchronous:
            http_client = anthropic.DefaultAsyncHttpxClient(auth=auth)
            return anthropic.AsyncAnthropicFoundry(**arguments, **options, http_client=http_client)
        return anthropic.AnthropicFoundry(
            **arguments, **options, http_client=anthropic.DefaultHttpxClient(auth=auth)
        )


def _placeholder() -> str:
    return _PLACEHOLDER
