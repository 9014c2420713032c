"""keyhole's `auth=`, its tokens in the file store of a home folder: `keyhole_client.py [--plain] URL`.

With the `mcp` SDK's client; `--plain` sends the same calls without it.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

import keyhole_mcp
from keyhole.cli import run as keyhole
from keyhole_mcp.testing.convention import Call, Connect, Told, run, told


def at_home(told: Told) -> None:
    """Makes the store this process's home folder, and gives it a browser."""
    told.store.mkdir(exist_ok=True)
    config = told.store / "config.toml"
    config.write_text('[stores]\nuse = "file"\n')
    browser = Path(__file__).parent / "browser.py"
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        os.environ.pop(name, None)
    os.environ |= {
        "HOME": str(told.store),
        "KEYHOLE_CONFIG": str(config),
        "BROWSER": f"{shlex.join([sys.executable, str(browser)])} %s",
    }


def with_sdk(told: Told, auth: httpx2.Auth) -> Connect:
    """As a program with the SDK's client connects."""
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    @asynccontextmanager
    async def connect() -> AsyncIterator[Call]:
        mode = told.protocol if told.protocol >= "2026" else "legacy"
        async with httpx2.AsyncClient(auth=auth, timeout=httpx2.Timeout(told.timeout)) as http:
            transport = streamable_http_client(told.url, http_client=http)
            async with Client(transport, mode=mode) as client:

                async def call(tool: str) -> None:
                    async with asyncio.timeout(3 * told.timeout):
                        await client.call_tool(tool)

                yield call

    return connect


def plain(told: Told, auth: httpx2.Auth) -> Connect:
    """One request for each call: all that authentication sees, in a third of the time."""
    headers = {"mcp-protocol-version": told.protocol, "accept": "application/json"}

    @asynccontextmanager
    async def connect() -> AsyncIterator[Call]:
        async with httpx2.AsyncClient(auth=auth, timeout=3 * told.timeout, headers=headers) as http:

            async def call(tool: str) -> None:
                message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
                params = {"params": {"name": tool}}
                (await http.post(told.url, json={**message, **params})).raise_for_status()

            yield call

    return connect


async def main(told: Told, connects: Callable[[Told, httpx2.Auth], Connect]) -> None:
    """Goes through the steps."""
    auth = keyhole_mcp.auth(told.url, interactive=True)

    async def close() -> None:
        flow = auth.async_auth_flow(httpx2.Request("POST", told.url))
        await asyncio.create_task(anext(flow))
        await asyncio.create_task(flow.aclose())

    await run(told.steps, connects(told, auth), close)


if __name__ == "__main__":
    TOLD = told()
    at_home(TOLD)
    if any(step["do"] == "status" for step in TOLD.steps):
        sys.exit(keyhole(["mcp", "status", TOLD.url]))
    asyncio.run(main(TOLD, plain if "--plain" in sys.argv else with_sdk))
