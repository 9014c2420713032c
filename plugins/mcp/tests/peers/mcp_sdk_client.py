"""The client of the `mcp` SDK, as its documentation has it, with tokens in a folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl, BaseModel

from keyhole_mcp.testing.convention import Call, browse, run, told


class Folder(TokenStorage):
    """Tokens and the client's registration, each in a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder

    async def get_tokens(self) -> OAuthToken | None:
        text = self._text("tokens")
        return OAuthToken.model_validate_json(text) if text else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._keep("tokens", tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        text = self._text("client")
        return OAuthClientInformationFull.model_validate_json(text) if text else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._keep("client", client_info)

    def _text(self, name: str) -> str | None:
        path = self._folder / name
        return path.read_text() if path.exists() else None

    def _keep(self, name: str, model: BaseModel) -> None:
        new = self._folder / f"{name}.{os.getpid()}"
        new.write_text(model.model_dump_json())
        new.replace(self._folder / name)


class Person:
    """Agrees, at once."""

    async def redirected(self, url: str) -> None:
        self._ended = await asyncio.to_thread(browse, url)

    async def came_back(self) -> AuthorizationCodeResult:
        said = dict(parse_qsl(urlsplit(self._ended).query))
        return AuthorizationCodeResult(
            code=said["code"], state=said.get("state"), iss=said.get("iss")
        )


TOLD = told()
PERSON = Person()
PROVIDER = OAuthClientProvider(
    server_url=TOLD.url,
    client_metadata=OAuthClientMetadata(
        client_name="a probe", redirect_uris=[AnyUrl("http://127.0.0.1:3000/callback")]
    ),
    storage=Folder(TOLD.store),
    redirect_handler=PERSON.redirected,
    callback_handler=PERSON.came_back,
)


@asynccontextmanager
async def connect() -> AsyncIterator[Call]:
    """The SDK's client over streamable HTTP."""
    mode = TOLD.protocol if TOLD.protocol >= "2026" else "legacy"
    async with httpx2.AsyncClient(auth=PROVIDER, timeout=httpx2.Timeout(TOLD.timeout)) as http:
        transport = streamable_http_client(TOLD.url, http_client=http)
        async with Client(transport, mode=mode) as client:

            async def call(tool: str) -> None:
                async with asyncio.timeout(3 * TOLD.timeout):
                    await client.call_tool(tool)

            yield call


async def close() -> None:
    """An event loop closes an abandoned flow in a task of its own."""
    flow = PROVIDER.async_auth_flow(httpx2.Request("POST", TOLD.url))
    await asyncio.create_task(anext(flow))
    await asyncio.gather(asyncio.create_task(flow.aclose()), return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(run(TOLD.steps, connect, close))
