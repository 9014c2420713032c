"""A client of the conformance suite on the mcp SDK's own OAuth; run as `mcp_sdk_conformance.py URL`.

What the suite gives a client stands in `components.mcp_conformance`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

REDIRECT = "http://localhost:3000/callback"
CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json"
CONTEXT = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
STATEFUL = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25") <= "2025-11-25"


class Memory:
    """A token storage that lasts as long as the process."""

    def __init__(self, client: OAuthClientInformationFull | None = None) -> None:
        self._client = client
        self._tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info


class Person:
    """Asks for the authorization URL, and is sent back at once."""

    def __init__(self) -> None:
        self._sent_to = ""

    async def go(self, url: str) -> None:
        async with httpx2.AsyncClient() as browser:
            self._sent_to = (await browser.get(url)).headers["location"]

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**dict(parse_qsl(urlsplit(self._sent_to).query)))


def auth_of(scenario: str, url: str) -> httpx2.Auth:
    """The SDK's provider for a scenario."""
    if scenario == "auth/client-credentials-basic":
        return ClientCredentialsOAuthProvider(
            url, Memory(), CONTEXT["client_id"], CONTEXT["client_secret"]
        )
    if scenario == "auth/client-credentials-jwt":
        return _with_key(url)
    person = Person()
    return OAuthClientProvider(
        url,
        OAuthClientMetadata(
            redirect_uris=[AnyUrl(REDIRECT)],
            client_name="the mcp SDK",
            grant_types=["authorization_code", "refresh_token"],
        ),
        Memory(_registered(CONTEXT) if scenario == "auth/pre-registration" else None),
        person.go,
        person.come_back,
        CLIENT_METADATA_URL,
    )


def _with_key(url: str) -> PrivateKeyJWTOAuthProvider:
    name = CONTEXT["client_id"]
    signed = SignedJWTParameters(
        issuer=name,
        subject=name,
        signing_key=CONTEXT["private_key_pem"],
        signing_algorithm=CONTEXT["signing_algorithm"],
    )
    return PrivateKeyJWTOAuthProvider(url, Memory(), name, signed.create_assertion_provider())


def _registered(context: dict[str, Any]) -> OAuthClientInformationFull:
    return OAuthClientInformationFull(
        redirect_uris=[AnyUrl(REDIRECT)],
        client_id=context["client_id"],
        client_secret=context["client_secret"],
        token_endpoint_auth_method="client_secret_basic",
    )


async def main(scenario: str, url: str) -> None:
    """Signs in, lists the tools, calls one."""
    async with httpx2.AsyncClient(auth=auth_of(scenario, url), timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode="legacy" if STATEFUL else "auto") as client:
            await client.list_tools()
            await client.call_tool("test-tool", {})


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the SDK, about an issuer that the suite does not name
    asyncio.run(main(os.environ["MCP_CONFORMANCE_SCENARIO"], sys.argv[1]))
