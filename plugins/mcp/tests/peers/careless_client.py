"""A client that does everything that a probe asks a client not to do, but can sign in.

It holds one lock over each request, keeps tokens in a file and hardly ever uses them, believes
every URL, follows every redirect and falls back to the MCP server's own origin.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from keyhole_mcp.testing.convention import Call, browse, run, told

TOLD = told()
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(TOLD.url))
LOCK = threading.Lock()
HOPS = 30


class Anywhere(urllib.request.HTTPRedirectHandler):
    """Goes wherever it is sent, with all that it has."""

    max_repeats = max_redirections = HOPS

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request:
        del fp, code, msg, headers
        return urllib.request.Request(newurl, req.data, req.headers, method=req.get_method())  # noqa: S310

    http_error_308 = http_error_307 = urllib.request.HTTPRedirectHandler.http_error_302


def ask(url: str, body: bytes | None = None, **headers: str) -> Any:
    """Sends a request and reads all of the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named)  # noqa: S310
    with urllib.request.build_opener(Anywhere).open(request, timeout=TOLD.timeout) as answer:
        return json.loads(answer.read() or b"null")


def metadata(challenge: str) -> dict[str, Any]:
    """What the authorization server says; where it says nothing, what one may guess."""
    try:
        (named,) = re.findall('resource_metadata="(.*?)"', challenge)
        issuer = ask(named)["authorization_servers"][0]
        said = ask(f"{issuer}/.well-known/oauth-authorization-server")
    except (OSError, ValueError, RecursionError):
        said = {}
    if not said.get("authorization_endpoint", "http").startswith("http"):
        said = {}
    return {name: said.get(name, f"{ORIGIN}{path}") for name, path in GUESSED.items()}


GUESSED = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "registration_endpoint": "/register",
}


def form(url: str, **fields: str) -> Any:
    """Posts a form."""
    return ask(url, urlencode(fields).encode())


def sign_in(challenge: str) -> str:
    """Signs in, twice where once is enough."""
    server = metadata(challenge)
    wanted = json.dumps({"redirect_uris": ["http://127.0.0.1:3000/callback"]}).encode()
    client = ask(server["registration_endpoint"], wanted)
    verifier = secrets.token_urlsafe(40)
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": client["redirect_uris"][0],
            "code_challenge": verifier,
            "code_challenge_method": "plain",
            "state": secrets.token_hex(4),
        }
    )
    browse(f"{server['authorization_endpoint']}?{query}")
    back = dict(parse_qsl(urlsplit(browse(f"{server['authorization_endpoint']}?{query}")).query))
    granted = form(
        server["token_endpoint"],
        grant_type="authorization_code",
        code=back["code"],
        code_verifier=verifier,
        client_id=client["client_id"],
        redirect_uri=client["redirect_uris"][0],
    )
    keep({**granted, "client_id": client["client_id"]})
    return str(granted["access_token"])


def keep(granted: dict[str, Any]) -> None:
    """Keeps the tokens."""
    TOLD.store.mkdir(exist_ok=True)
    (TOLD.store / "tokens").write_text(json.dumps(granted))


def refresh(challenge: str) -> None:
    """Posts the refresh token to whoever is named now, and to the MCP server; and drops it."""
    kept = TOLD.store / "tokens"
    if kept.exists():
        token = json.loads(kept.read_text())["refresh_token"]
        kept.unlink()
        for endpoint in (f"{ORIGIN}/token", metadata(challenge)["token_endpoint"]):
            try:
                form(endpoint, grant_type="refresh_token", refresh_token=token)
            except OSError:
                continue


def request(tool: str) -> None:
    """Calls a tool, as whoever signs in."""
    if not LOCK.acquire(timeout=TOLD.timeout):
        raise TimeoutError
    try:
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool}}
        body = json.dumps(message).encode()
        ask(TOLD.url, body)
    except urllib.error.HTTPError as error:
        challenge = error.headers["www-authenticate"]
        refresh(challenge)
        ask(TOLD.url, body, authorization=f"Bearer {sign_in(challenge)}")
    finally:
        LOCK.release()


@asynccontextmanager
async def connect() -> AsyncIterator[Call]:
    """Every request stands alone."""

    async def call(tool: str) -> None:
        async with asyncio.timeout(TOLD.timeout):
            await asyncio.to_thread(request, tool)

    yield call


async def close() -> None:
    """Lets go of a request, but not of its lock."""
    LOCK.acquire()


if __name__ == "__main__":
    if any(step["do"] == "status" for step in TOLD.steps):
        request("echo")
        sys.exit()
    asyncio.run(run(TOLD.steps, connect, close))
