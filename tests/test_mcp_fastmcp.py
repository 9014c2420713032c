"""FastMCP on both sides: its server as the protected resource, its client with keyhole's `auth`."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

import keyhole_mcp
from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from components.people import AGREES

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture
def authority() -> Iterator[AuthorizationServer]:
    """An authorization server, whose issuer ends without a slash."""
    with authorization_server() as running:
        yield running


@pytest.fixture
def server(authority: AuthorizationServer, home: Path) -> Iterator[McpServer]:
    """FastMCP's server, which names that issuer with a slash; the exception for it is configured."""
    with mcp_server(authority.issuer, program="fastmcp_server") as running:
        config = home / ".config/keyhole/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[mcp."{running.url}"]\ntrusted_issuer = "{authority.issuer}"\n')
        yield running


def test_a_tool_is_called(
    authority: AuthorizationServer,
    server: McpServer,
    isolated: Callable[..., dict[str, str]],
    call: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FastMCP's client calls a tool of FastMCP's server, signed in by keyhole; a refresh follows."""
    for name, value in isolated(**AGREES).items():
        monkeypatch.setenv(name, value)

    async def called() -> str:
        auth = keyhole_mcp.auth(server.url, interactive=True)
        async with Client(StreamableHttpTransport(server.url, auth=auth)) as client:
            result = await client.call_tool("whoami", {})
        return str(result.data)

    assert asyncio.run(called()) == "ada"
    assert authority.seen() == [200]
    assert call(server.url, 3 * 3600) == "200"
    assert authority.seen() == [200, 200]


def test_without_the_exception(
    authority: AuthorizationServer,
    server: McpServer,
    keyhole: Callable[..., subprocess.CompletedProcess[str]],
    home: Path,
) -> None:
    """The issuer with a slash is another text, so it is refused; the error names the exception."""
    (home / ".config/keyhole/config.toml").unlink()
    done = keyhole("mcp", "auth", server.url, environ=AGREES)
    assert done.returncode == 1
    assert (
        f"names the issuer {authority.issuer}, and asked for was {authority.issuer}/" in done.stderr
    )
    assert f'[mcp."{server.url}"] trusted_issuer' in done.stderr
    assert authority.seen() == []
