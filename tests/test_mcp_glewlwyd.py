"""Sign-in by glewlwyd, an authorization server with other habits than most."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from components.glewlwyd import Glewlwyd, glewlwyd
from components.mcp_server import McpServer, mcp_server
from components.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Keyhole = Callable[..., subprocess.CompletedProcess[str]]
LATER = 3 * 3600


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Glewlwyd]:
    """The authorization server, which gives tokens for one MCP server."""
    with glewlwyd(tmp_path, resource=f"http://127.0.0.1:{free_port()}/mcp") as running:
        yield running


@pytest.fixture
def server(authority: Glewlwyd) -> Iterator[McpServer]:
    """That MCP server."""
    with mcp_server(authority.issuer, port=urlsplit(authority.resource).port or 0) as running:
        yield running


@pytest.fixture
def signed_in(keyhole: Keyhole, authority: Glewlwyd, server: McpServer) -> McpServer:
    """The server, signed in to."""
    somebody = {"BROWSER": authority.browser}
    done = keyhole("mcp", "auth", server.url, "--timeout", "90", environ=somebody)
    assert done.returncode == 0, done.stderr
    assert f"by {authority.issuer}" in done.stdout
    return server


def test_sign_in_refresh_and_logout(
    keyhole: Keyhole, authority: Glewlwyd, signed_in: McpServer, call: Callable[..., str]
) -> None:
    """Its odd but lawful answers do: endpoints with two slashes, a 200 for a registration, no `iss`."""
    said = authority.metadata()
    assert "//api" in said["token_endpoint"]
    assert "authorization_response_iss_parameter_supported" not in said
    before = json.loads(keyhole("mcp", "headers", signed_in.url).stdout)
    assert call(signed_in.url, LATER) == "200"
    after = json.loads(keyhole("mcp", "headers", signed_in.url).stdout)
    assert after != before

    done = keyhole("mcp", "logout", signed_in.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert keyhole("mcp", "headers", signed_in.url).returncode == 4
    assert authority.noted("Refresh token generated for client") == 3  # two, and the end of one
    assert authority.noted(" revoked") == 2
