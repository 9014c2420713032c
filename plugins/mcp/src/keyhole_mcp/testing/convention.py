"""The calling convention from the side of a client in Python: reads it and goes through the steps.

A client gives what it is made of: how it connects, and how it calls a tool.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from keyhole_mcp.testing.client import NOT_OFFERED

__all__ = ["Call", "Connect", "Told", "browse", "run", "told"]

Call: TypeAlias = Callable[[str], Awaitable[Any]]
"""Calls a tool of this name, without arguments."""

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager[Call]]
"""Connects to the MCP server."""

Close: TypeAlias = Callable[[], Awaitable[None]]


@attrs.frozen
class Told:
    """What a client is told.

    Attributes:
        url: The MCP server's URL.
        protocol: The revision of MCP that the server speaks.
        store: A folder for tokens; the first process of a probe has to make it.
        timeout: How many seconds an answer may take.
        steps: What to do.
    """

    url: str
    protocol: str
    store: Path
    timeout: float
    steps: Sequence[Mapping[str, Any]]


def told() -> Told:
    """What this process is told, by its last argument and its variables."""
    context = json.loads(os.environ["MCP_CONFORMANCE_CONTEXT"])
    return Told(
        url=sys.argv[-1],
        protocol=os.environ["MCP_CONFORMANCE_PROTOCOL_VERSION"],
        store=Path(context["store"]),
        timeout=context["timeout"],
        steps=context["steps"],
    )


def browse(url: str) -> str:
    """What a browser and its person do: ask once, and go where the answer points.

    Args:
        url: The authorization request.

    Returns:
        The redirect URI with its answer; it is not asked.
    """
    with urllib.request.build_opener(_Stays).open(url, timeout=30) as answer:
        return str(answer.headers["location"])


async def run(
    steps: Sequence[Mapping[str, Any]], connect: Connect, close: Close | None = None
) -> None:
    """Goes through the steps.

    Args:
        steps: What to do.
        connect: Connects when the first step needs it, and anew after a step that failed.
        close: Does the step `close`, where the client has something of the kind.
    """
    walk = _Walk(connect, close)
    for step in steps:
        await walk.does(step)
    await walk.ends()


@final
class _Walk:
    def __init__(self, connect: Connect, close: Close | None) -> None:
        self._connect = connect
        self._close = close
        self._connection: _Connection | None = None
        self._abandoned: list[asyncio.Task[Any]] = []

    async def does(self, step: Mapping[str, Any]) -> None:
        match step["do"]:
            case "wait":
                await asyncio.to_thread(_get, step["url"])
            case "call":
                await self._calls(step)
            case "abandon":
                await self._abandons(step)
            case "close" if self._close:
                await self._close()
            case _:
                sys.exit(NOT_OFFERED)

    async def ends(self) -> None:
        if self._connection:
            await self._connection.end()
            self._connection = None

    async def _calls(self, step: Mapping[str, Any]) -> None:
        until = time.monotonic() + step["within"]
        while not await self._went(step, last=time.monotonic() >= until):
            pass

    async def _went(self, step: Mapping[str, Any], *, last: bool) -> bool:
        """Whether the step is done with."""
        try:
            call = await self._connected()
            await asyncio.gather(*(call(tool) for tool in step["tools"]))
        except Exception:
            if last and not step["may_fail"]:
                raise
            await self.ends()
            await asyncio.sleep(0 if last else 1)
            return last
        return True

    async def _abandons(self, step: Mapping[str, Any]) -> None:
        call = await self._connected()
        task = asyncio.ensure_future(call(step["tool"]))
        await asyncio.to_thread(_get, step["when"])
        task.cancel()
        # Nobody waits for what was given up; but a task needs somebody who holds it.
        self._abandoned.append(task)
        await asyncio.sleep(0)

    async def _connected(self) -> Call:
        self._connection = self._connection or _Connection(self._connect)
        return await self._connection.call()


@final
class _Connection:
    """A connection in a task of its own: where it breaks, the steps go on."""

    def __init__(self, connect: Connect) -> None:
        self._over = asyncio.Event()
        self._call: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold(connect))

    async def call(self) -> Call:
        either: list[asyncio.Future[Any]] = [self._call, self._task]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self._call.done():
            await self._task
        return self._call.result()

    async def end(self) -> None:
        self._over.set()
        with suppress(Exception):
            await self._task

    async def _hold(self, connect: Connect) -> None:
        async with connect() as call:
            self._call.set_result(call)
            await self._over.wait()


class _Stays(urllib.request.HTTPRedirectHandler):
    """Gives the answer that redirects, instead of the next one."""

    def http_error_302(self, _request: Any, answer: Any, *_: Any) -> Any:
        return answer


def _get(url: str) -> None:
    with urllib.request.urlopen(url, timeout=120):  # noqa: S310  # the runner's own
        pass
