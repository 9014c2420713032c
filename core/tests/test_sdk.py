"""The real anthropic SDK sends exactly one credential, whatever the environment holds."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import keyhole
from keyhole.claude_code import PROVIDER_FLAGS
from keyhole.credential import API_KEY, BEARER, HELPER_OUTPUT, OAUTH_BETA, OAUTH_TOKEN, Kind
from keyhole.errors import HelperError, RefusedError

anthropic = pytest.importorskip("anthropic")

FIRST = "sk-ant-api03-fake-first-0123456789"
SECOND = "sk-ant-api03-fake-second-0123456789"
RIVAL = "fake-rival-0123456789"
MESSAGE: dict[str, Any] = {
    "id": "msg_fake",
    "type": "message",
    "role": "assistant",
    "model": "claude-fake",
    "content": [],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


@attrs.frozen
class Sdk:
    """The SDK's client, sync or async."""

    asynchronous: bool

    def ask(self, resolved: Any, *, times: int = 1, **options: Any) -> Any:
        """Makes a client for what was resolved, and sends messages with it, one after another."""
        if self.asynchronous:
            return asyncio.run(self._aask(resolved, times, options))
        with keyhole.anthropic_client(resolved, **options) as client:
            for _ in range(times):
                answer = client.messages.create(**_arguments())
        return answer

    async def _aask(self, resolved: Any, times: int, options: dict[str, Any]) -> Any:
        async with keyhole.async_anthropic_client(resolved, **options) as client:
            for _ in range(times):
                answer = await client.messages.create(**_arguments())
        return answer


def _arguments() -> dict[str, Any]:
    messages = [{"role": "user", "content": "Hello"}]
    return {"max_tokens": 1, "model": "claude-fake", "messages": messages}


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """Both twins."""
    return Sdk(request.param)


@pytest.fixture(autouse=True)
def ambient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every rival that the SDK knows, in its environment."""
    for folder in ("configs", "credentials"):
        (tmp_path / folder).mkdir()
    profile = {"authentication": {"type": "user_oauth"}, "base_url": "http://127.0.0.1:9"}
    (tmp_path / "configs" / "rival.json").write_text(json.dumps(profile))
    token = {"type": "oauth_token", "version": 1, "access_token": RIVAL, "expires_at": 9e9}
    credentials = tmp_path / "credentials" / "rival.json"
    credentials.write_text(json.dumps(token))
    credentials.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_PROFILE", "rival")
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"):
        monkeypatch.setenv(name, RIVAL)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    headers = f"X-Api-Key: {RIVAL}\nAuthorization: Bearer {RIVAL}\nX-Team: blue"
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", headers)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")


def _takes(*secrets: str) -> Callable[[Any], Any]:
    def answer(seen: Any) -> Any:
        given = {*seen.all("x-api-key"), *seen.all("authorization")}
        known = {*secrets, *(f"Bearer {secret}" for secret in secrets)}
        if given and given <= known:
            return 200, {}, json.dumps(MESSAGE).encode()
        return 401, {}, b'{"type": "error", "error": {"type": "authentication_error"}}'

    return answer


@pytest.mark.parametrize(
    ("kind", "sent", "beta"),
    [
        (API_KEY, {"x-api-key": [FIRST]}, []),
        (BEARER, {"authorization": [f"Bearer {FIRST}"]}, []),
        (OAUTH_TOKEN, {"authorization": [f"Bearer {FIRST}"]}, [OAUTH_BETA]),
        (HELPER_OUTPUT, {"x-api-key": [FIRST], "authorization": [f"Bearer {FIRST}"]}, []),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_exactly_one_secret_arrives(
    sdk: Sdk, rotating: Any, recorder: Any, kind: Kind, sent: dict[str, Any], beta: list[str]
) -> None:
    """With every rival in the environment, only the winner's headers arrive, by its kind."""
    recorder.answer = _takes(FIRST)
    held = rotating(FIRST, endpoint=recorder.url, kind=kind)
    assert sdk.ask(held.resolved, times=2).id == "msg_fake"
    assert [seen.secrets() for seen in recorder.seen] == [sent, sent]
    assert [seen.all("anthropic-beta") for seen in recorder.seen] == [beta, beta]
    assert RIVAL not in repr(recorder.seen)
    assert "held-by-keyhole" not in repr(recorder.seen)
    assert held.source.asked == [None]


def test_the_rivals_are_real(monkeypatch: pytest.MonkeyPatch, recorder: Any) -> None:
    """The SDK alone, in this environment, would send a rival."""
    recorder.answer = _takes(FIRST)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", recorder.url)
    with anthropic.Anthropic(max_retries=0) as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(**_arguments())
    assert RIVAL in repr(recorder.seen)


def test_rivals_in_the_clients_own_options(sdk: Sdk, rotating: Any, recorder: Any) -> None:
    """A credential among the client's default headers is replaced too, and other headers stay."""
    recorder.answer = _takes(FIRST)
    held = rotating(FIRST, endpoint=recorder.url, kind=BEARER)
    sdk.ask(held.resolved, default_headers={"X-Api-Key": RIVAL, "X-Own": "kept"})
    (seen,) = recorder.seen
    assert seen.secrets() == {"authorization": [f"Bearer {FIRST}"]}
    assert seen.all("x-own") == ["kept"]


@pytest.mark.parametrize("kind", [API_KEY, BEARER, HELPER_OUTPUT], ids=lambda kind: kind.name)
def test_rotation_works_in_a_running_process(
    sdk: Sdk, rotating: Any, recorder: Any, kind: Kind
) -> None:
    """After a 401 the client goes on with the new value, body included, and asks for it once."""
    recorder.answer = _takes(SECOND)
    held = rotating(FIRST, SECOND, endpoint=recorder.url, kind=kind)
    assert sdk.ask(held.resolved, times=2).id == "msg_fake"
    assert [FIRST in repr(seen.secrets()) for seen in recorder.seen] == [True, False, False]
    assert recorder.seen[0].body == recorder.seen[1].body != b""
    first, refused = held.source.asked
    assert (first, refused.reveal()) == (None, FIRST)


def test_a_rotated_client_keeps_its_copies_going(rotating: Any, recorder: Any) -> None:
    """A copy that `with_options` makes has the same credential, before and after its rotation."""
    recorder.answer = _takes(SECOND)
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    with keyhole.anthropic_client(held.resolved) as client:
        copied = client.with_options(timeout=5)
        assert copied.messages.create(**_arguments()).id == "msg_fake"
        assert client.messages.create(**_arguments()).id == "msg_fake"
    assert RIVAL not in repr(recorder.seen)
    assert len(held.source.asked) == 2


@pytest.mark.parametrize(
    ("values", "requests", "said"),
    [
        ((FIRST, HelperError("the helper ended with 3", where="s.json:4")), 1, "ended with 3"),
        ((FIRST,), 1, "the same one"),
        ((FIRST, SECOND), 2, "refused twice"),
    ],
    ids=["the loader fails", "the same value", "a second 401"],
)
def test_errors_surface_unmasked(
    sdk: Sdk, rotating: Any, recorder: Any, values: tuple[Any, ...], requests: int, said: str
) -> None:
    """What keyhole says arrives as a CredentialsError, at once, without the SDK's own retries."""
    recorder.answer = _takes()
    held = rotating(*values, endpoint=recorder.url)
    with pytest.raises(anthropic.CredentialsError, match=said) as raised:
        sdk.ask(held.resolved, max_retries=5)
    assert isinstance(raised.value.__cause__, keyhole.KeyholeError)
    assert len(recorder.seen) == requests
    assert len(held.source.asked) <= 2
    assert FIRST not in str(raised.value)


def test_a_renewal_that_fails_is_tried_once(sdk: Sdk, rotating: Any, recorder: Any) -> None:
    """A credential that has ended and can't be renewed is one call to its loader and no request."""
    failure = HelperError("the helper ended with 3")
    held = rotating(FIRST, failure, endpoint=recorder.url)
    held.resolved.reject(held.resolved.credential())

    def ask() -> None:
        # The client itself is made of the held endpoint alone.
        sdk.ask(held.resolved, max_retries=5)

    with pytest.raises((anthropic.CredentialsError, HelperError), match="ended with 3"):
        ask()
    assert (len(recorder.seen), len(held.source.asked)) == (0, 2)


def test_a_held_credential_starts_no_thread(
    rotating: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The async client's requests with a held credential hop to no thread."""
    recorder.answer = _takes(FIRST)
    held = rotating(FIRST, endpoint=recorder.url)
    own, started = threading.Thread.start, list[str]()

    def start(thread: threading.Thread) -> None:
        # The server's own, and the event loop's when it closes.
        if not re.search("process_request|_do_shutdown", thread.name):
            started.append(thread.name)
        own(thread)

    async def scenario() -> None:
        async with keyhole.async_anthropic_client(held.resolved) as client:
            # The SDK's own look at its platform, once.
            await client.messages.create(**_arguments())
            monkeypatch.setattr(threading.Thread, "start", start)
            before = threading.active_count()
            for _ in range(3):
                await client.messages.create(**_arguments())
            assert threading.active_count() <= before + 1

    asyncio.run(scenario())
    assert started == []
    assert len(recorder.seen) == 4


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("kind", [API_KEY, BEARER, HELPER_OUTPUT], ids=lambda kind: kind.name)
def test_a_redirect_to_another_origin_carries_nothing(
    sdk: Sdk, rotating: Any, recorders: Any, kind: Kind, status: int
) -> None:
    """The SDK follows redirects; no credential goes along to another origin."""
    own, other = recorders(), recorders()
    own.answer = lambda _: (status, {"location": f"{other.url}/taken"}, b"")
    other.answer = lambda _: (200, {}, json.dumps(MESSAGE).encode())
    sdk.ask(rotating(FIRST, endpoint=own.url, kind=kind).resolved)
    assert [seen.path for seen in other.seen] == ["/taken"]
    assert FIRST not in repr(other.seen)
    assert RIVAL not in repr(other.seen)


def test_another_base_url_gets_nothing(sdk: Sdk, rotating: Any, recorders: Any) -> None:
    """A client that is pointed elsewhere sends no credential there."""
    own, other = recorders(), recorders()
    other.answer = _takes()
    with pytest.raises(anthropic.AuthenticationError):
        sdk.ask(rotating(FIRST, endpoint=own.url).resolved, base_url=other.url)
    assert FIRST not in repr(other.seen)
    assert not own.seen


@pytest.mark.parametrize(
    "option", ["api_key", "auth_token", "config", "credentials", "http_client", "profile"]
)
def test_a_second_credential_is_refused(sdk: Sdk, rotating: Any, option: str) -> None:
    """An argument that names another credential is a TypeError that names the argument."""
    options: dict[str, Any] = {option: None}
    with pytest.raises(TypeError, match=option):
        sdk.ask(rotating(FIRST).resolved, **options)


def test_the_client_comes_without_being_told_what_won(
    rotating: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an argument, the client is for what wins on this machine."""
    recorder.answer = _takes(FIRST)
    held = rotating(FIRST, endpoint=recorder.url)
    monkeypatch.setattr("keyhole.sdk.resolve", lambda: held.resolved)
    with keyhole.sdk_client() as client:
        assert client.messages.create(**_arguments()).id == "msg_fake"


def test_agent_env_blanks_every_rival(rotating: Any) -> None:
    """Every rival's variable is set to "", which Claude Code takes for unset, and one is filled."""
    env = keyhole.agent_env(rotating(FIRST).resolved)
    assert env["ANTHROPIC_API_KEY"] == FIRST
    names = {"ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", *PROVIDER_FLAGS}
    assert {name: env[name] for name in names} == dict.fromkeys(names, "")
    assert [name for name, value in env.items() if value] == ["ANTHROPIC_API_KEY"]


def test_agent_env_keeps_settings_from_bringing_a_rival_back(rotating: Any) -> None:
    """A rival in the user's settings is kept away by Claude Code's own switch."""
    files = {".claude/settings.json": {"env": {"ANTHROPIC_AUTH_TOKEN": RIVAL}}}
    env = keyhole.agent_env(rotating(FIRST, files=files).resolved)
    assert env["CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"] == "1"


def test_a_rival_helper_needs_settings(rotating: Any) -> None:
    """A helper can't be switched off by variables: `agent_env` says so, `agent_options` does it."""
    files = {".claude/settings.json": {"apiKeyHelper": f"echo {RIVAL}"}}
    held = rotating(FIRST, files=files)
    options = keyhole.agent_options(held.resolved)
    assert json.loads(options["settings"]) == {"apiKeyHelper": ""}
    assert options["env"]["ANTHROPIC_API_KEY"] == FIRST
    with pytest.raises(RefusedError, match="apiKeyHelper") as raised:
        keyhole.agent_env(held.resolved)
    assert "agent_options" in raised.value.remedy
    assert RIVAL not in str(raised.value)


def test_agents_get_no_subscriptions_token(rotating: Any) -> None:
    """A subscription's token is refused to the Agent SDK, and nothing is loaded."""
    held = rotating(FIRST, kind=OAUTH_TOKEN, billing="subscription")
    with pytest.raises(RefusedError):
        keyhole.agent_env(held.resolved)
    assert not held.source.asked


def test_clients_get_no_subscriptions_token(
    sdk: Sdk, rotating: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscription's token is refused to the SDK's client, however its holder was made."""
    held = rotating(FIRST, kind=OAUTH_TOKEN, billing="subscription")
    monkeypatch.setattr("keyhole.plugins.load", lambda _: held.resolved.survey.plugins)
    with pytest.raises(RefusedError):
        sdk.ask(None)
    assert not held.source.asked
