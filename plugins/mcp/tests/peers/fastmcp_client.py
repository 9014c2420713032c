"""FastMCP's client with its interactive `OAuth`, its own callback server and a store in files."""

from __future__ import annotations

import asyncio
import os
import threading
import urllib.request
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx2
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)

from keyhole_mcp.testing.convention import Call, browse, run, told

TOLD = told()
TOLD.store.mkdir(exist_ok=True)


class Browser(webbrowser.BaseBrowser):
    """The browser that `webbrowser` finds: it goes where it is redirected."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT001, FBT002  # its signature
        del new, autoraise
        threading.Thread(target=self._visit, args=(url,), daemon=True).start()
        return True

    def _visit(self, url: str) -> None:
        callback = browse(url)
        # The server that is to be asked starts after the browser.
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(callback, timeout=10):  # noqa: S310
                return
            threading.Event().wait(0.05)


webbrowser.register("probe", Browser, preferred=True)
os.environ.pop("BROWSER", None)

PROVIDER = OAuth(
    TOLD.url,
    token_storage=FileTreeStore(
        data_directory=TOLD.store,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(TOLD.store),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(TOLD.store),
    ),
    callback_host="127.0.0.1",
    callback_timeout=20,
)


@asynccontextmanager
async def connect() -> AsyncIterator[Call]:
    """FastMCP's client."""
    async with Client(TOLD.url, auth=PROVIDER, timeout=3 * TOLD.timeout) as client:

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
