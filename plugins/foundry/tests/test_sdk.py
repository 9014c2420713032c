"""The SDK's own client for Foundry, wired so that only keyhole's credential leaves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import anthropic
import httpx
import httpx2
import pytest

from keyhole import Machine, aresolve, async_sdk_client, resolve, sdk_client
from keyhole.errors import RefusedError
from keyhole.sdk import anthropic_client
from keyhole.testing import FakeHost

Build = Callable[..., Machine]
MESSAGE: dict[str, Any] = {
    "model": "claude-fake",
    "max_tokens": 1,
    "messages": [{"role": "user", "content": "hi"}],
}
SECRET = {
    "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "AZURE_CLIENT_ID": "fake-client",
    "AZURE_CLIENT_SECRET": "fake-secret",
}
AMBIENT = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
)


@pytest.fixture
def ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process full of other credentials, which the client must not take."""
    for name in AMBIENT:
        monkeypatch.setenv(name, f"fake-ambient-{name.lower()}")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", "fake-ambient-resource")


class Rotating:
    """A machine whose key changes."""

    def __init__(self, build: Build, **environ: str) -> None:
        self._build = build
        self.environ = environ

    def __call__(self) -> Machine:
        return self._build(**self.environ)


@pytest.mark.usefixtures("ambient")
@pytest.mark.parametrize(
    ("environ", "header", "sent"),
    [
        ({"ANTHROPIC_FOUNDRY_API_KEY": "fake-key"}, "x-api-key", "fake-key"),
        ({"ANTHROPIC_FOUNDRY_AUTH_TOKEN": "fake-t"}, "authorization", "Bearer fake-t"),
        (SECRET, "authorization", "Bearer fake-entra-token-1"),
    ],
)
def test_exactly_one_credential_leaves(
    machine: Build, foundry: Any, environ: dict[str, str], header: str, sent: str
) -> None:
    """Each kind travels in its own header alone, to /anthropic/v1/messages, whatever is ambient."""
    foundry.accepted = {sent}
    with sdk_client(resolve(lambda: machine(**environ))) as client:
        assert isinstance(client, anthropic.AnthropicFoundry)
        assert client.messages.create(**MESSAGE).content[0].type == "text"
    assert foundry.credentials() == [{header: sent}]
    assert foundry.paths == ["/anthropic/v1/messages"]
    assert "ambient" not in str(foundry.seen)


@pytest.mark.usefixtures("ambient")
def test_a_gateway_that_authorizes_gets_no_credential(machine: Build, foundry: Any) -> None:
    """With CLAUDE_CODE_SKIP_FOUNDRY_AUTH and nothing else, no credential leaves at all."""
    foundry.accepted = {"application/json"}
    with sdk_client(resolve(lambda: machine(CLAUDE_CODE_SKIP_FOUNDRY_AUTH="1"))) as client:
        client.messages.create(**MESSAGE)
    assert foundry.credentials() == [{}]


def test_a_rotated_key_is_picked_up(machine: Build, foundry: Any) -> None:
    """After a 401 the running client reads the key anew and sends the request once more."""
    look = Rotating(machine, ANTHROPIC_FOUNDRY_API_KEY="fake-old")
    foundry.accepted = {"fake-old"}
    with sdk_client(resolve(look), max_retries=0) as client:
        client.messages.create(**MESSAGE)
        look.environ["ANTHROPIC_FOUNDRY_API_KEY"] = "fake-new"
        foundry.accepted = {"fake-new"}
        client.messages.create(**MESSAGE)
    sent = [credential["x-api-key"] for credential in foundry.credentials()]
    assert sent == ["fake-old", "fake-old", "fake-new"]


def test_a_refused_token_is_fetched_anew(machine: Build, foundry: Any, entra: Any) -> None:
    """A token that Foundry refuses before its end costs one more token request and one retry."""
    foundry.accepted = {"Bearer fake-entra-token-2"}
    with sdk_client(resolve(lambda: machine(**SECRET)), max_retries=0) as client:
        client.messages.create(**MESSAGE)
    assert len(entra.asked) == 2
    assert len(foundry.seen) == 2


def test_a_key_that_stays_refused_says_so(machine: Build, foundry: Any) -> None:
    """A refused key that is still the same is one request and one error, not a loop of retries."""
    resolved = resolve(lambda: machine(ANTHROPIC_FOUNDRY_API_KEY="fake-key"))
    with (
        sdk_client(resolved) as client,
        pytest.raises(anthropic.CredentialsError, match="was refused"),
    ):
        client.messages.create(**MESSAGE)
    assert len(foundry.seen) == 1


@pytest.mark.usefixtures("ambient")
def test_the_asynchronous_twin(machine: Build, foundry: Any, entra: Any) -> None:
    """AsyncAnthropicFoundry sends the token, and a fresh one after a 401."""

    async def talk() -> None:
        resolved = await aresolve(lambda: machine(**SECRET))
        async with async_sdk_client(resolved, max_retries=0) as client:
            assert isinstance(client, anthropic.AsyncAnthropicFoundry)
            await client.messages.create(**MESSAGE)
            foundry.accepted = {"Bearer fake-entra-token-2"}
            await asyncio.gather(*(client.messages.create(**MESSAGE) for _ in range(8)))

    foundry.accepted = {"Bearer fake-entra-token-1"}
    asyncio.run(talk())
    assert len(entra.asked) == 2
    assert "ambient" not in str(foundry.seen)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_any_client_can_use_it(machine: Build, foundry: Any, library: Any) -> None:
    """`Auth` serves plain httpx and httpx2 clients, and leaves other origins alone."""
    foundry.accepted = {"fake-key"}
    resolved = resolve(lambda: machine(ANTHROPIC_FOUNDRY_API_KEY="fake-key"))
    with library.Client(auth=resolved.auth()) as client:
        assert client.post(f"{foundry.url}v1/messages", json={}).status_code == 200
        elsewhere = foundry.url.replace("localhost", "127.0.0.1")
        assert client.post(f"{elsewhere}v1/messages", json={}).status_code == 401
    assert foundry.credentials() == [{"x-api-key": "fake-key"}, {}]


def test_a_copy_keeps_the_wiring(machine: Build, foundry: Any) -> None:
    """`with_options` gives a client that still sends keyhole's credential."""
    foundry.accepted = {"fake-key"}
    with sdk_client(resolve(lambda: machine(ANTHROPIC_FOUNDRY_API_KEY="fake-key"))) as client:
        client.with_options(timeout=5).messages.create(**MESSAGE)
    assert foundry.credentials() == [{"x-api-key": "fake-key"}]


def test_the_first_party_client_is_refused(machine: Build) -> None:
    """`anthropic_client` says that this winner needs AnthropicFoundry."""
    with pytest.raises(RefusedError, match="AnthropicFoundry"):
        anthropic_client(resolve(lambda: machine(ANTHROPIC_FOUNDRY_API_KEY="fake-key")))


def test_the_environment_is_left_alone(machine: Build, entra: Any) -> None:
    """Loading a token changes none of the process's variables."""
    before = dict(os.environ)
    resolve(lambda: machine(**SECRET), host=FakeHost())
    assert entra.asked
    assert dict(os.environ) == before
