"""What a request costs where the token is held: keyhole, and what each vendor has for it."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from typing import Any

import httpx2

from benchmarks.measuring import Group, calls, environment, in_turn

URL = "https://api.anthropic.com/v1/messages"
COUNT = 500


def measure(rounds: int) -> Group:
    with _machine():
        from keyhole import resolve

        resolved = resolve()
        sides: dict[str, Callable[[], float]] = {
            "an auth flow that sets a header": _requests(_Bare()),
            "keyhole Auth, sync": _requests(resolved.auth()),
            "keyhole Auth, async": _requests(resolved.auth(), asynchronous=True),
            "keyhole, the held credential": calls(resolved.ready, COUNT),
            "anthropic TokenCache.get_token": calls(_token_cache(), COUNT),
            "botocore get_frozen_credentials": calls(_botocore(), COUNT),
            "azure-core token policy": _azure(),
            "google-auth before_request": calls(_google(), COUNT),
            "mcp OAuthClientProvider, async": _mcp(),
            "keyhole resolve(), again": calls(resolve, 100),
        }
        note = (
            "One request each. `resolve()` makes sure that nothing of what the last look saw has "
            "changed, and loads the credential."
        )
        return Group("warm", "A held token, for each request", "µs", in_turn(sides, rounds), note)


@contextmanager
def _machine() -> Iterator[None]:
    """A machine of its own, with one key in a variable."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as home, chdir(home):
        here = environment(home, ANTHROPIC_API_KEY="sk-ant-api03-fake")
        os.environ.clear()
        os.environ |= here
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


class _Bare(httpx2.Auth):
    def auth_flow(self, request: Any) -> Any:
        request.headers["x-api-key"] = "sk-ant-api03-fake"
        yield request


def _requests(auth: Any, *, asynchronous: bool = False) -> Callable[[], float]:
    """The flow alone: the requests are made beforehand."""

    def run() -> float:
        requests = [httpx2.Request("POST", URL) for _ in range(COUNT)]
        responses = [httpx2.Response(200, request=request) for request in requests]
        pairs = list(zip(requests, responses, strict=True))
        if asynchronous:
            return asyncio.run(_flows(auth, pairs)) / COUNT
        started = time.process_time()
        for request, response in pairs:
            flow = auth.sync_auth_flow(request)
            next(flow)
            with suppress(StopIteration):
                flow.send(response)
        return (time.process_time() - started) / COUNT

    return run


async def _flows(auth: Any, pairs: Any) -> float:
    started = time.process_time()
    for request, response in pairs:
        flow = auth.async_auth_flow(request)
        await anext(flow)
        with suppress(StopAsyncIteration):
            await flow.asend(response)
    return time.process_time() - started


def _token_cache() -> Callable[[], object]:
    from anthropic.lib.credentials import AccessToken, TokenCache

    token = AccessToken("fake", expires_at=int(time.time()) + 3600)
    return TokenCache(lambda **_: token).get_token


def _botocore() -> Callable[[], object]:
    from datetime import UTC, datetime, timedelta

    from botocore.credentials import RefreshableCredentials

    ends = datetime.now(UTC) + timedelta(hours=1)
    held = RefreshableCredentials("AKIAFAKE", "fake", "fake", ends, dict, "benchmark")
    return held.get_frozen_credentials


def _azure() -> Callable[[], float]:
    from azure.core.credentials import AccessToken
    from azure.core.pipeline import PipelineContext, PipelineRequest
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy
    from azure.core.rest import HttpRequest

    class Held:
        def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
            return AccessToken("fake", int(time.time()) + 3600)

    policy = BearerTokenCredentialPolicy(Held(), "https://cognitiveservices.azure.com/.default")

    def run() -> float:
        given = [
            PipelineRequest(HttpRequest("POST", URL), PipelineContext(None)) for _ in range(COUNT)
        ]
        started = time.process_time()
        for request in given:
            policy.on_request(request)
        return (time.process_time() - started) / COUNT

    return run


def _google() -> Callable[[], object]:
    from datetime import UTC, datetime, timedelta

    from google.oauth2.credentials import Credentials

    ends = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    held = Credentials("fake", expiry=ends)
    headers: dict[str, str] = {}
    return lambda: held.before_request(None, "POST", URL, headers)


def _mcp() -> Callable[[], float]:
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import OAuthClientMetadata, OAuthToken

    class Storage:
        async def get_tokens(self) -> Any:
            return OAuthToken(access_token="fake", expires_in=3600)

        async def set_tokens(self, _tokens: Any) -> None: ...

        async def get_client_info(self) -> Any:
            return None

        async def set_client_info(self, _info: Any) -> None: ...

    uris: Any = ["http://127.0.0.1/callback"]
    provider = OAuthClientProvider(URL, OAuthClientMetadata(redirect_uris=uris), Storage())
    return _requests(provider, asynchronous=True)
