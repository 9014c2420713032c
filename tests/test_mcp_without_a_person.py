"""Programs that sign in by themselves, at a real MCP server and a real authorization server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from keyhole.oauth.signing import SigningKey

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

CALLER = Path(__file__).parents[1] / "plugins" / "mcp" / "tests" / "peers" / "keyhole_caller.py"


@pytest.fixture
def authority() -> Iterator[AuthorizationServer]:
    """An authorization server."""
    with authorization_server() as running:
        yield running


@pytest.fixture
def server(authority: AuthorizationServer, home: Path) -> Iterator[McpServer]:
    """An MCP server, with a client for it whose key lies in a file."""
    key = SigningKey.new()
    client = authority.register(
        grant_types=["client_credentials"],
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        jwks={"keys": [{**key.public, "alg": "ES256", "use": "sig"}]},
    )
    (home / "key.json").write_text(key.private().reveal())
    said = {
        "grant": "client_credentials",
        "issuer": authority.issuer,
        "client_id": client["client_id"],
        "private_key": "~/key.json",
    }
    with mcp_server(authority.issuer) as running:
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
        (home / "keyhole.toml").write_text("\n".join([f'[mcp."{running.url}"]', *lines]))
        yield running


@pytest.fixture
def calls(
    server: McpServer, isolated: Callable[..., dict[str, str]], cwd: Path, home: Path
) -> Callable[[int], list[str]]:
    """Calls a tool from so many processes at once; gives the statuses."""
    environ = isolated(KEYHOLE_CONFIG=str(home / "keyhole.toml"), BROWSER="false %s")

    def called(count: int) -> list[str]:
        command = [sys.executable, str(CALLER), server.url]
        running = [
            subprocess.Popen(command, env=environ, cwd=cwd, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        return [process.communicate(timeout=120)[0].strip() for process in running]

    return called


def test_eight_processes_get_one_token_and_after_a_401_one_more(
    server: McpServer, authority: AuthorizationServer, calls: Callable[[int], list[str]]
) -> None:
    """Who comes first asks, and the others take what it got: at the start, and after a refusal."""
    assert calls(8) == ["200"] * 8
    assert authority.seen() == [200]
    server.refuse()
    assert calls(4) == ["200"] * 4
    assert authority.seen() == [200, 200]


def test_headers_are_what_the_server_takes(
    server: McpServer,
    authority: AuthorizationServer,
    keyhole: Callable[..., subprocess.CompletedProcess[str]],
    home: Path,
) -> None:
    """`headers` gets the first token, and shows no key; `logout` forgets it."""
    environ = {"KEYHOLE_CONFIG": str(home / "keyhole.toml")}
    done = keyhole("mcp", "headers", server.url, environ=environ)
    assert done.returncode == 0, done.stderr
    assert httpx2.post(server.url, json={}, headers=json.loads(done.stdout)).status_code != 401
    assert authority.seen() == [200]
    done = keyhole("mcp", "logout", server.url, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    stored = (home / ".local/share/keyhole").rglob("*")
    private = json.loads((home / "key.json").read_text())["d"]
    assert all(private not in path.read_text() for path in stored if path.is_file())
