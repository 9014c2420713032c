"""The mcp SDK's provider, with its token renewed while the program runs."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, NoReturn, final

from keyhole.errors import UsageError
from keyhole.freshness import ADVISORY
from keyhole.http import Base
from keyhole_mcp.storage.sdk import SdkTokenStorage

if TYPE_CHECKING:
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import OAuthToken

__all__ = ["Renewing"]

_UNAUTHORIZED = 401


@final
class Renewing(Base):
    """`auth=` of an async client: the provider, for a program that outlives its token.

    The provider looks into its storage once, and asks a person when that token has ended. This
    gives it the token in force before each request, and another one after a 401; only where neither
    helps the provider asks a person.

    Args:
        provider: An `OAuthClientProvider` whose storage is an `SdkTokenStorage`.

    Raises:
        UsageError: Its storage is another one.
    """

    def __init__(self, provider: OAuthClientProvider) -> None:
        storage = provider.context.storage
        if not isinstance(storage, SdkTokenStorage):
            raise UsageError(
                "the provider's storage is no SdkTokenStorage",
                remedy="OAuthClientProvider(storage=SdkTokenStorage(url), ...)",
            )
        self._provider = provider
        self._storage = storage
        self._given: OAuthToken | None = None
        self._until = 0.0

    def __repr__(self) -> str:
        return "Renewing()"

    def sync_auth_flow(self, request: Any) -> NoReturn:  # noqa: ARG002  # the library's own
        """The provider serves `AsyncClient` alone.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            "the mcp SDK's provider serves async clients alone",
            remedy="keyhole_mcp.auth(url) serves both",
        )

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Serves `AsyncClient`."""
        await self._refresh()
        answer: Any = None
        again = False
        async with aclosing(self._provider.async_auth_flow(request)) as flow:
            with suppress(StopAsyncIteration):
                while True:
                    step = await flow.asend(answer)
                    answer = yield step
                    refused = step is request and answer.status_code == _UNAUTHORIZED
                    if refused and not again:
                        again = True
                        if await self._renew(request):
                            answer = yield request

    async def _refresh(self) -> None:
        """Gives the provider the token in force, where its own has ended or is about to."""
        # Not while the provider is about to keep the token of a new sign-in.
        async with self._provider.context.lock:
            mine = self._given is not None and self._provider.context.current_tokens is self._given
            if not mine or self._storage.now() >= self._until:
                self._give(await self._storage.get_tokens())

    async def _renew(self, request: Any) -> bool:
        """Puts another token than the refused one into a request; False where there is none."""
        refused = request.headers.get("authorization", "").partition(" ")[2]
        tokens = await self._storage.renewed(refused) if refused else None
        if tokens is None:
            return False
        self._give(tokens)
        request.headers["authorization"] = f"Bearer {tokens.access_token}"
        return True

    def _give(self, tokens: OAuthToken | None) -> None:
        if tokens is None:
            return
        context = self._provider.context
        # Without an end of its own: the provider would leave the token out, and ask a person.
        context.current_tokens, context.token_expiry_time = tokens, None
        left = math.inf if tokens.expires_in is None else tokens.expires_in - ADVISORY
        self._given, self._until = tokens, self._storage.now() + left
