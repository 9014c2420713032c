"""Programs that keep the mcp SDK's or FastMCP's own provider, over keyhole's stores.

    python sdk_users.py KIND URL COUNT [--person] GATE=SECONDS...

Forks COUNT users from a warm parent. Each calls a tool once behind each gate (a file), with one
provider for all its calls, and tells in a line of JSON what came of it and how often its provider
has asked for a person by then. Without `--person` nobody is there to be asked. SECONDS is how much
later it is for keyhole behind that gate than for the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from mcp_types import TextContent
from pydantic import AnyUrl

import keyhole_mcp
from keyhole.host import RealHost
from keyhole_mcp.storage import Renewing, SdkTokenStorage, key_value

REDIRECT = "http://127.0.0.1/callback"


class NobodyThereError(Exception):
    """The provider wants a person."""


class Person:
    """Agrees to everything, where there is one."""

    def __init__(self, *, there: bool) -> None:
        self._there = there
        self._ended = ""
        self.asked = 0

    async def go(self, url: str) -> None:
        """Follows the URL to where it ends."""
        self.asked += 1
        if not self._there:
            raise NobodyThereError
        async with httpx2.AsyncClient(timeout=30) as browser:
            while urlsplit(url).path != "/callback":
                url = urljoin(url, (await browser.get(url)).headers["location"])
        self._ended = url

    async def come_back(self) -> AuthorizationCodeResult:
        """What the URL said."""
        return AuthorizationCodeResult(**dict(parse_qsl(urlsplit(self._ended).query)))


class Later:
    """This machine, some time later."""

    def __init__(self) -> None:
        self._host = RealHost()
        self.seconds = 0.0

    def now(self) -> float:
        """The clock."""
        return self._host.now() + self.seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)


def sdk(url: str, person: Person, host: Later) -> OAuthClientProvider:
    """The SDK's provider."""
    said = OAuthClientMetadata(client_name="a program", redirect_uris=[AnyUrl(REDIRECT)])
    storage = SdkTokenStorage(url, host=host)
    return OAuthClientProvider(url, said, storage, person.go, person.come_back)


def fast(url: str, person: Person, host: Later) -> OAuthClientProvider:
    """FastMCP's provider, with values in keyhole's stores."""
    from fastmcp.client.auth import OAuth

    class Asks(OAuth):
        async def redirect_handler(self, authorization_url: str) -> None:
            await person.go(authorization_url)

        async def callback_handler(self) -> AuthorizationCodeResult:
            return await person.come_back()

    return Asks(url, token_storage=key_value(host=host))


def fast_with_tokens(url: str, person: Person, host: Later) -> OAuthClientProvider:
    """FastMCP's provider, whose tokens are an `SdkTokenStorage`'s."""
    provider = fast(url, person, host)
    provider.context.storage = SdkTokenStorage(url, host=host)
    return provider


def renewing(url: str, person: Person, host: Later) -> Renewing:
    """The SDK's provider, for a program that outlives its token."""
    return Renewing(sdk(url, person, host))


KINDS: dict[str, Callable[[str, Person, Later], httpx2.Auth]] = {
    "sdk": sdk,
    "sdk, renewing": renewing,
    "fastmcp, keyhole": lambda url, _, host: keyhole_mcp.auth(url, host=host),
    "fastmcp": fast,
    "fastmcp, tokens": fast_with_tokens,
}


async def whoami(kind: str, url: str, auth: httpx2.Auth) -> str:
    """What the tool says."""
    if kind.startswith("fastmcp"):
        from fastmcp import Client as FastClient

        async with FastClient(url, auth=auth) as client:
            content = (await client.call_tool("whoami")).content
            return " ".join(part.text for part in content if isinstance(part, TextContent))
    async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode="legacy") as client:
            content = (await client.call_tool("whoami", {})).content
            return " ".join(part.text for part in content if isinstance(part, TextContent))


async def use(kind: str, url: str, gates: list[str], *, there: bool) -> None:
    """One user, from the first gate to the last."""
    person, host = Person(there=there), Later()
    auth = KINDS[kind](url, person, host)
    for gate in gates:
        path, _, seconds = gate.rpartition("=")
        while not Path(path).exists():  # noqa: ASYNC240  # nothing else is done meanwhile
            await asyncio.sleep(0.005)
        host.seconds = float(seconds)
        if isinstance(auth, OAuthClientProvider) and auth.context.token_expiry_time:
            auth.context.token_expiry_time -= float(seconds)  # it looks at the machine's clock
        try:
            said = await whoami(kind, url, auth)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told
            said = "".join(traceback.format_exception(error))
        answer = json.dumps({"said": said, "asked": person.asked})
        os.write(sys.stdout.fileno(), f"{answer}\n".encode())


def main() -> None:
    """Forks the users, and waits for them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    parser.add_argument("gates", nargs="+")
    parser.add_argument("--person", action="store_true")
    given = parser.parse_args()
    logging.disable()  # the providers log each failed sign-in with its traceback
    if given.kind.startswith("fastmcp"):
        import_module("fastmcp.client")
    children = []
    for _ in range(given.count):
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(use(given.kind, given.url, given.gates, there=given.person))
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
