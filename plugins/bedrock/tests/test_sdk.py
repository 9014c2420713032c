"""The anthropic SDK's clients for AWS: nothing but keyhole's credential leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from anthropic.lib import bedrock

from keyhole import async_sdk_client, sdk_client

AMBIENT = {
    "ANTHROPIC_API_KEY": "fake-ambient",
    "ANTHROPIC_AUTH_TOKEN": "fake-ambient",
    "ANTHROPIC_AWS_API_KEY": "fake-ambient",
    "AWS_BEARER_TOKEN_BEDROCK": "fake-ambient",
    "AWS_ACCESS_KEY_ID": "fake-ambient",
    "AWS_SECRET_ACCESS_KEY": "fake-ambient",
    "AWS_SESSION_TOKEN": "fake-ambient",
    "AWS_PROFILE": "fake-ambient",
    "AWS_REGION": "fake-ambient",
    "ANTHROPIC_AWS_WORKSPACE_ID": "fake-ambient",
    "ANTHROPIC_CUSTOM_HEADERS": "Authorization: Bearer fake-ambient\nx-api-key: fake-ambient",
}
ASK: dict[str, Any] = {
    "model": "claude-fake",
    "max_tokens": 5,
    "messages": [{"role": "user", "content": "hi"}],
}
SERVICES: dict[str, Any] = {
    "bedrock": (
        {},
        anthropic.AnthropicBedrock,
        anthropic.AsyncAnthropicBedrock,
        "bedrock",
        "/model/claude-fake/invoke",
    ),
    "mantle": (
        {"CLAUDE_CODE_USE_BEDROCK": "", "CLAUDE_CODE_USE_MANTLE": "1"},
        bedrock.AnthropicBedrockMantle,
        bedrock.AsyncAnthropicBedrockMantle,
        "bedrock-mantle",
        "/v1/messages",
    ),
    "anthropic-aws": (
        {
            "CLAUDE_CODE_USE_BEDROCK": "",
            "CLAUDE_CODE_USE_ANTHROPIC_AWS": "1",
            "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_fake",
        },
        anthropic.AnthropicAWS,
        anthropic.AsyncAnthropicAWS,
        "aws-external-anthropic",
        "/v1/messages",
    ),
}
WORKSPACE = "ANTHROPIC_AWS_WORKSPACE_ID"
URLS = ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "ANTHROPIC_AWS_BASE_URL")


@pytest.mark.real
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("token", [None, "fake/token=="], ids=["lasting", "temporary"])
def test_only_the_signature_leaves(
    aws: Any,
    lab: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    token: str | None,
) -> None:
    """The service's own client signs for it, and nothing of the process's environment leaves."""
    environ, kind, asynchronous, name, path = SERVICES[service]
    pair = aws.pair("AKIAFAKEFAKE00000001", token=token)
    keys = {
        "AWS_ACCESS_KEY_ID": pair.key,
        "AWS_SECRET_ACCESS_KEY": pair.secret,
        "AWS_SESSION_TOKEN": token or "",
    }
    resolved = lab(**keys, **dict.fromkeys(URLS, aws.url), **environ).resolved()
    for variable, value in AMBIENT.items():
        monkeypatch.setenv(variable, value)
    with sdk_client(resolved, max_retries=0) as client:
        assert type(client) is kind, type(client)
        client.messages.create(**ASK)
        client.with_options(timeout=9).messages.create(**ASK)
    assert type(async_sdk_client(resolved)) is asynchronous
    for request in aws.received:
        assert (request.problem, request.service, request.region) == ("", name, "eu-west-1")
        assert request.path == path
        assert "fake-ambient" not in str(request.headers)
        assert "held-by-keyhole" not in str(request.headers)
        assert request.headers.get("anthropic-workspace-id") == environ.get(WORKSPACE)
    assert len(aws.received) == 2


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_key_leaves_in_its_own_header(
    aws: Any, lab: Callable[..., Any], service: str
) -> None:
    """The platform's API key travels as x-api-key with the workspace, Bedrock's as a bearer."""
    environ, *_ = SERVICES[service]
    aws.bearers.add("fake-key")
    variable = "ANTHROPIC_AWS_API_KEY" if service == "anthropic-aws" else "AWS_BEARER_TOKEN_BEDROCK"
    resolved = lab(**{variable: "fake-key"}, **dict.fromkeys(URLS, aws.url), **environ).resolved()
    with sdk_client(resolved, max_retries=0) as client:
        client.messages.create(**ASK)
    headers = aws.received[0].headers
    if service == "anthropic-aws":
        assert (headers["x-api-key"], "authorization" in headers) == ("fake-key", False)
        assert headers["anthropic-workspace-id"] == "wrkspc_fake"
    else:
        assert (headers["authorization"], "x-api-key" in headers) == ("Bearer fake-key", False)


def test_a_gateways_token_leaves_in_the_headers_of_claude_code(
    aws: Any, lab: Callable[..., Any]
) -> None:
    """With the platform's skip flag, ANTHROPIC_AUTH_TOKEN fills both headers; without it, none."""
    aws.bearers.add("fake-token")
    environ = {**SERVICES["anthropic-aws"][0], "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH": "1"}
    urls = dict.fromkeys(URLS, aws.url)
    told = lab(ANTHROPIC_AUTH_TOKEN="fake-token", **urls, **environ).resolved()
    with sdk_client(told, max_retries=0) as client:
        client.messages.create(**ASK)
    silent = lab(**urls, **environ).resolved()
    with sdk_client(silent, max_retries=0) as client, pytest.raises(anthropic.APIStatusError):
        client.messages.create(**ASK)
    first, second = (request.headers for request in aws.received)
    assert (first["authorization"], first["x-api-key"]) == ("Bearer fake-token", "fake-token")
    assert not {"authorization", "x-api-key"} & second.keys()


@pytest.mark.parametrize("name", ["aws_access_key", "aws_profile", "aws_region", "skip_auth"])
def test_options_that_bring_another_credential_are_refused(
    lab: Callable[..., Any], name: str
) -> None:
    """An option that would bring other keys, or another signature, is a TypeError."""
    resolved = lab(AWS_BEARER_TOKEN_BEDROCK="fake-key").resolved()
    with pytest.raises(TypeError, match=name):
        sdk_client(resolved, **{name: "fake"})
