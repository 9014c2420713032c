"""The mcp SDK's server, as a program.

It checks JWT access tokens by the issuer's keys: issuer, audience, end, scope.
"""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import anyio
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from components.mcp_server.serving import serve


class Verifier:
    """Knows which tokens are good."""

    def __init__(self, issuer: str, resource: str) -> None:
        self._issuer = issuer
        self._resource = resource
        with urllib.request.urlopen(f"{issuer}/jwks", timeout=10) as answer:  # noqa: S310  # loopback
            self._keys = jwk.KeySet.import_key_set(json.load(answer))
        self._shown: set[str] = set()
        self._refused: set[str] = set()

    def refuse(self) -> None:
        """Refuses what was shown so far."""
        self._refused |= self._shown

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who shows a token; None where it is no good one."""
        self._shown.add(token)
        try:
            claims: dict[str, Any] = jwt.decode(token, self._keys).claims
        except (JoseError, ValueError):
            return None
        good = claims["iss"] == self._issuer and claims["aud"] == self._resource
        if not good or claims["exp"] <= time.time() or token in self._refused:
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=self._resource,
            subject=claims["sub"],
        )


class Meeting:
    """Calls that end once as many are there as are expected; the machine's speed tells nothing.

    Args:
        patience: How many seconds the first one waits for the last.
    """

    def __init__(self, patience: float = 60.0) -> None:
        self._patience = patience
        self._there = 0
        self._full = anyio.Event()

    async def join(self, expected: int) -> str:
        """One call: whether it met as many as were expected."""
        self._there += 1
        if self._there >= expected:
            self._full.set()
        with anyio.move_on_after(self._patience):
            await self._full.wait()
        self._there -= 1
        return "all are here" if self._full.is_set() else "somebody is missing"


def application(issuer: str, origin: str, scope: str) -> Starlette:
    """The server, with two more paths for tests."""
    verifier = Verifier(issuer, f"{origin}/mcp")
    server = MCPServer(
        "tests",
        token_verifier=verifier,
        # From texts: an AnyHttpUrl of its own would get a slash that the issuer does not have.
        auth=AuthSettings.model_validate(
            {
                "issuer_url": issuer,
                "resource_server_url": f"{origin}/mcp",
                "required_scopes": [scope],
            }
        ),
    )

    @server.tool()
    def whoami() -> str:
        """Says that the caller got through."""
        return "ada"

    meeting = Meeting()

    @server.tool()
    async def meet(expected: int) -> str:
        """Takes until so many calls are under way."""
        return await meeting.join(expected)

    seen: list[dict[str, Any]] = []
    under_way = 0
    mcp = server.streamable_http_app(stateless_http=True, json_response=True)

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        nonlocal under_way
        names = {name for name, _ in scope.get("headers", ())}
        entry = {"token": b"authorization" in names, "status": 0, "at once": under_way + 1}

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        if scope["type"] != "http" or scope["path"] != "/mcp":
            return await mcp(scope, receive, send)
        seen.append(entry)
        under_way += 1
        try:
            await mcp(scope, receive, noted)
        finally:
            under_way -= 1

    async def refuse(_: Request) -> JSONResponse:
        verifier.refuse()
        return JSONResponse({})

    async def shown(_: Request) -> JSONResponse:
        return JSONResponse(seen)

    routes = [
        Route("/_refuse", refuse, methods=["POST"]),
        Route("/_seen", shown, methods=["POST"]),
        Mount("/", watched),
    ]
    return Starlette(routes=routes, lifespan=lambda _: server.session_manager.run())


if __name__ == "__main__":
    serve(application)
