"""Static headers go to the server's own origin only."""

from __future__ import annotations

import pytest

from keyhole.where import Where
from keyhole_mcp.headers import headers_for
from keyhole_mcp.server import Scope, Server

SERVER = Server("a", Scope.USER, Where("x"), url="https://mcp.acme.example/mcp")
HEADERS = {"X-Api-Key": "fake"}


@pytest.mark.parametrize("url", ["https://mcp.acme.example/other", "https://MCP.acme.example:443/"])
def test_the_own_origin_gets_them(url: str) -> None:
    """Any path of the server's own scheme, host and port."""
    assert headers_for(SERVER, url, HEADERS) == HEADERS


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.acme.example/token",
        "http://mcp.acme.example/mcp",
        "https://mcp.acme.example:8443/mcp",
        "https://mcp.acme.example.evil.example/mcp",
        "nonsense",
    ],
)
def test_no_other_origin_gets_them(url: str) -> None:
    """Neither the authorization server nor anything that looks alike."""
    assert headers_for(SERVER, url, HEADERS) == {}
