"""The SDK's own clients, wired so that rotation and one retry work and nothing else leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anthropic
import httpx
import httpx2
import pytest

import keyhole
from keyhole import Machine
from keyhole.errors import RefusedError

Machines = Callable[..., Machine]
ASK: dict[str, Any] = {
    "model": "claude-fake",
    "max_tokens": 5,
    "messages": [{"role": "user", "content": "hi"}],
}
AMBIENT = {
    "ANTHROPIC_API_KEY": "fake-ambient-key",
    "ANTHROPIC_AUTH_TOKEN": "fake-ambient-token",
    "ANTHROPIC_VERTEX_PROJECT_ID": "ambient",
    "ANTHROPIC_VERTEX_BASE_URL": "http://127.0.0.1:9",
    "CLOUD_ML_REGION": "ambient",
    "GOOGLE_APPLICATION_CREDENTIALS": "/ambient.json",
    "GOOGLE_CLOUD_PROJECT": "ambient",
}

pytestmark = pytest.mark.usefixtures("key", "ambient")


@pytest.fixture
def ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's own variables name other credentials, which must not be used."""
    for name, text in AMBIENT.items():
        monkeypatch.setenv(name, text)


def _bearers(google: Any) -> list[str]:
    return [headers.get("authorization", "") for _path, headers in google.received]


def _ask(machine: Machines) -> Any:
    resolved = keyhole.resolve(machine)
    with keyhole.sdk_client(resolved, max_retries=0) as client:
        assert type(client) is anthropic.AnthropicVertex
        return client.messages.create(**ASK)


def _aask(machine: Machines) -> Any:
    async def ask() -> Any:
        resolved = await keyhole.aresolve(machine)
        async with keyhole.async_sdk_client(resolved, max_retries=0) as client:
            assert type(client) is anthropic.AsyncAnthropicVertex
            return await client.messages.create(**ASK)

    return asyncio.run(ask())


both = pytest.mark.parametrize("ask", [_ask, _aask])


@both
def test_the_client_sends_the_token_and_nothing_else(
    google: Any, machine: Machines, ask: Callable[..., Any]
) -> None:
    """One bearer token leaves, for the project and region of this machine and no ambient one."""
    assert ask(machine).content[0].text == "hello"
    [(path, headers)] = google.received
    assert path == (
        "/v1/projects/lab-of-the-key/locations/us-east5/publishers/anthropic/models/"
        "claude-fake:rawPredict"
    )
    assert headers["authorization"] == "Bearer fake-account-1"
    assert "x-api-key" not in headers
    assert "ambient" not in str(headers)


@both
def test_the_quota_project_is_sent(google: Any, machine: Machines, ask: Callable[..., Any]) -> None:
    """GOOGLE_CLOUD_QUOTA_PROJECT goes with each request, which the SDK alone never does."""
    ask(lambda: machine(GOOGLE_CLOUD_QUOTA_PROJECT="payer"))
    assert google.received[0][1]["x-goog-user-project"] == "payer"


@both
def test_a_refused_token_is_renewed_once(
    google: Any, machine: Machines, ask: Callable[..., Any]
) -> None:
    """After a 401 the client sends the request again with a new token."""
    google.refuses = {"fake-account-1"}
    assert ask(machine).content[0].text == "hello"
    assert _bearers(google) == ["Bearer fake-account-1", "Bearer fake-account-2"]


@both
def test_a_second_refusal_is_final(google: Any, machine: Machines, ask: Callable[..., Any]) -> None:
    """Two tokens that are refused end with the reason, and with no third try."""
    google.refuses = {"every"}
    with pytest.raises(anthropic.AnthropicError, match="refused twice"):
        ask(machine)
    assert len(google.received) == 2


def test_a_running_client_rotates(google: Any, machine: Machines) -> None:
    """One client that lives longer than its token goes on with the next one."""
    google.seconds = 10
    with keyhole.sdk_client(keyhole.resolve(machine)) as client:
        client.messages.create(**ASK)
        google.seconds = 3600
        for _ in range(3):
            client.messages.create(**ASK)
    first, *others = _bearers(google)
    assert set(others) == {others[0]}
    assert first != others[0]


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_any_http_client_can_authenticate(google: Any, machine: Machines, library: Any) -> None:
    """`keyhole.Auth` serves httpx and httpx2 alike, and stays silent towards other hosts."""
    resolved = keyhole.resolve(machine)
    google.refuses = {"fake-account-1"}
    elsewhere = google.url.replace("127.0.0.1", "localhost")
    with library.Client(auth=keyhole.Auth(resolved)) as client:
        assert client.post(f"{google.url}/v1/x:rawPredict", json={}).status_code == 200
        client.post(f"{elsewhere}/v1/x:rawPredict", json={})
    assert _bearers(google) == ["Bearer fake-account-1", "Bearer fake-account-2", ""]


@pytest.mark.parametrize("option", ["region", "base_url", "access_token"])
def test_another_host_is_refused(machine: Machines, option: str) -> None:
    """An argument that would send requests elsewhere, or something else, is refused by name."""
    with pytest.raises(RefusedError, match=option):
        keyhole.sdk_client(keyhole.resolve(machine), **{option: "fake"})


@pytest.mark.parametrize(
    ("token", "sent"), [("fake-gateway-token", ["Bearer fake-gateway-token"]), ("", [""])]
)
def test_a_gateway_gets_what_claude_code_would_send(
    google: Any, machine: Machines, token: str, sent: list[str]
) -> None:
    """With CLAUDE_CODE_SKIP_VERTEX_AUTH the auth token leaves, or nothing, and Google's never."""
    _ask(lambda: machine(CLAUDE_CODE_SKIP_VERTEX_AUTH="1", ANTHROPIC_AUTH_TOKEN=token))
    assert _bearers(google) == sent
    assert not google.asked
