"""The anthropic SDK's clients for AWS, authenticated by keyhole alone.

Left to themselves they read keys and tokens from the process's environment and keep boto3 sessions
by the keys, so that replaced keys are never seen. Here they are told to leave authentication to
the HTTP client; `AnthropicBedrock`, which can't be told so, is given a placeholder for an API key.
"""

from __future__ import annotations

from typing import Any

from keyhole_bedrock.product import ANTHROPIC_AWS, BEDROCK, MANTLE
from keyhole_bedrock.target import Target

__all__ = ["client"]

_PLACEHOLDER = "held-by-keyhole"
_OURS = frozenset(
    {
        "aws_access_key",
        "aws_profile",
        "aws_region",
        "aws_secret_key",
        "aws_session_token",
        "skip_auth",
        "workspace_id",
    }
)
"""Arguments that would bring another credential, or make another of this one's signatures."""


def client(target: Target, auth: Any, *, asynchronous: bool, options: dict[str, Any]) -> Any:
    """The client for a service.

    Args:
        target: The service, its region and its address.
        auth: The httpx2 Auth that authenticates each request.
        asynchronous: Whether the asynchronous twin is wanted.
        options: Further arguments of the client.

    Raises:
        TypeError: An option names a credential.
        ImportError: The package `anthropic` is not installed.
    """
    named = _OURS & options.keys()
    if named:
        raise TypeError(f"keyhole brings the credential: leave out {', '.join(sorted(named))}")
    import anthropic

    transport = anthropic.DefaultAsyncHttpxClient if asynchronous else anthropic.DefaultHttpxClient
    made = _class(target, asynchronous=asynchronous)
    return made(
        **{"base_url": target.endpoint, **options},
        **_no_auth(target),
        aws_region=target.region,
        http_client=transport(auth=auth),
    )


def _no_auth(target: Target) -> dict[str, Any]:
    if target.product is BEDROCK:
        return {"api_key": _PLACEHOLDER}
    if target.product is ANTHROPIC_AWS:
        return {"skip_auth": True, "workspace_id": target.workspace}
    return {"skip_auth": True}


def _class(target: Target, *, asynchronous: bool) -> Any:
    import anthropic
    from anthropic.lib import bedrock

    pairs: dict[str, tuple[Any, Any]] = {
        BEDROCK.flag: (anthropic.AnthropicBedrock, anthropic.AsyncAnthropicBedrock),
        MANTLE.flag: (bedrock.AnthropicBedrockMantle, bedrock.AsyncAnthropicBedrockMantle),
        ANTHROPIC_AWS.flag: (anthropic.AnthropicAWS, anthropic.AsyncAnthropicAWS),
    }
    return pairs[target.product.flag][asynchronous]
