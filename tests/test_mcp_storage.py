"""The mcp SDK's and FastMCP's own providers on keyhole's stores, against real servers.

The authorization server rotates refresh tokens, and ends a login whose token is used twice.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from keyhole_mcp.storage import SdkTokenStorage

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Keyhole = Callable[..., subprocess.CompletedProcess[str]]
PEERS = Path(__file__).parents[1] / "plugins" / "mcp" / "tests" / "peers"
AGREES = {"BROWSER": shlex.join([sys.executable, str(PEERS / "browser.py"), "%s"])}
PROCESSES = 8
LATER = 3 * 3600
"""Seconds after which each token has ended."""

OK = {"said": "ada", "asked": 0}


@attrs.define
class Users:
    """Programs that run.

    Attributes:
        process: Their parent.
        gates: What lets them call, one after the other.
        count: How many they are.
    """

    process: subprocess.Popen[str]
    gates: list[Path]
    count: int

    def call(self) -> list[dict[str, Any]]:
        """Lets each call once; gives what they said."""
        self.gates.pop(0).touch()
        assert self.process.stdout is not None
        return [json.loads(self.process.stdout.readline()) for _ in range(self.count)]


@pytest.fixture(scope="module")
def authority() -> Iterator[AuthorizationServer]:
    """An authorization server."""
    with authorization_server() as running:
        yield running


@pytest.fixture(scope="module")
def server(authority: AuthorizationServer) -> Iterator[McpServer]:
    """An MCP server that takes its tokens."""
    with mcp_server(authority.issuer) as running:
        yield running


@pytest.fixture
def environ(
    home: Path, isolated: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of a machine whose tokens are in files; this process's, too."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    config = home / "config.toml"
    config.write_text('[stores]\nuse = "file"\n')
    machine = isolated(KEYHOLE_CONFIG=str(config))
    for name, value in machine.items():
        monkeypatch.setenv(name, value)
    return machine


@pytest.fixture
def users(
    server: McpServer, environ: dict[str, str], cwd: Path, tmp_path: Path
) -> Iterator[Callable[..., Users]]:
    """Starts programs: `users(KIND, COUNT, later=(0, LATER), person=True)`."""
    started: list[Users] = []

    def start(
        kind: str, count: int = 1, *, later: tuple[int, ...] = (0,), person: bool = False
    ) -> Users:
        gates = [tmp_path / f"gate-{len(started)}-{call}" for call in range(len(later))]
        told = [f"{gate}={seconds}" for gate, seconds in zip(gates, later, strict=True)]
        process = subprocess.Popen(
            [
                *(sys.executable, str(PEERS / "sdk_users.py"), kind, server.url, str(count)),
                *(*told, *(["--person"] if person else [])),
            ],
            env=environ,
            cwd=cwd,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(Users(process, gates, count))
        return started[-1]

    yield start
    for one in started:
        # A program that a failed test did not let through finds the gates open, and ends.
        for gate in one.gates:
            gate.touch()
        one.process.communicate(timeout=60)


@pytest.fixture
def signed_in(
    server: McpServer, authority: AuthorizationServer, environ: dict[str, str]
) -> SdkTokenStorage:
    """A login that the storage was given, as the SDK gives it after a sign-in."""
    assert environ
    granted = authority.login("openid offline_access mcp:read", resource=server.url)
    storage = SdkTokenStorage(server.url)
    client = OAuthClientInformationFull(
        client_id="native", issuer=authority.issuer, token_endpoint_auth_method="none"
    )

    async def keep() -> None:
        await storage.set_client_info(client)
        await storage.set_tokens(OAuthToken.model_validate(granted))

    asyncio.run(keep())
    return storage


def assert_rotates(storage: SdkTokenStorage, authority: AuthorizationServer) -> None:
    """The server still knows the login: the next rotation works."""

    async def rotate() -> OAuthToken | None:
        held = await storage.get_tokens()
        return await storage.renewed(held.access_token) if held else None

    before = len(authority.seen())
    assert asyncio.run(rotate()) is not None
    assert authority.seen()[before:] == [200]


def test_a_sign_in_with_the_sdk_survives_a_restart(
    keyhole: Keyhole,
    environ: dict[str, str],
    users: Callable[..., Users],
    server: McpServer,
    authority: AuthorizationServer,
) -> None:
    """A person is asked once; a new program, whose token has ended, refreshes it and asks nobody."""
    before = len(authority.seen())
    assert users("sdk", person=True).call() == [{"said": "ada", "asked": 1}]
    assert users("sdk", later=(LATER,)).call() == [OK]
    assert authority.seen()[before:] == [200, 200]
    said = json.loads(keyhole("mcp", "status", server.url, "--json", environ=environ).stdout)
    assert said["servers"][0]["token"]["state"] == "valid"
    assert said["servers"][0]["token"]["renewable"] is True


@pytest.mark.parametrize("kind", ["sdk", "fastmcp, tokens"])
def test_eight_programs_start_when_the_token_has_ended(
    kind: str,
    signed_in: SdkTokenStorage,
    users: Callable[..., Users],
    authority: AuthorizationServer,
) -> None:
    """Eight programs that start at once with an ended token refresh once; none is logged out."""
    before = len(authority.seen())
    assert users(kind, PROCESSES, later=(LATER,)).call() == [OK] * PROCESSES
    assert authority.seen()[before:] == [200]
    assert_rotates(signed_in, authority)


def test_eight_programs_outlive_their_token(
    signed_in: SdkTokenStorage,
    users: Callable[..., Users],
    server: McpServer,
    authority: AuthorizationServer,
) -> None:
    """Eight running programs whose token ends, by the clock and then by a 401, refresh once each time."""
    running = users("sdk, renewing", PROCESSES, later=(0, LATER, LATER))
    before = len(authority.seen())
    assert running.call() == [OK] * PROCESSES
    assert authority.seen()[before:] == []
    assert running.call() == [OK] * PROCESSES
    assert authority.seen()[before:] == [200]
    server.refuse()
    assert running.call() == [OK] * PROCESSES
    assert authority.seen()[before:] == [200, 200]
    assert_rotates(signed_in, authority)


@pytest.mark.parametrize(("kind", "asked"), [("sdk, renewing", 1), ("sdk", 2)])
def test_who_signed_in_does_not_use_a_refresh_token_that_another_has_used(
    kind: str,
    asked: int,
    users: Callable[..., Users],
    server: McpServer,
    authority: AuthorizationServer,
) -> None:
    """The program in which a person signed in goes on with what another renewed, or asks again: the login never ends."""
    first = users(kind, later=(0, LATER), person=True)
    assert first.call() == [{"said": "ada", "asked": 1}]
    before, storage = len(authority.seen()), SdkTokenStorage(server.url)
    assert_rotates(storage, authority)
    assert first.call() == [{"said": "ada", "asked": asked}]
    # A refresh token that is used twice would be refused, and the login with it.
    assert authority.seen()[before:] == [200, 200]
    assert_rotates(storage, authority)


def test_a_login_of_keyhole_s_own_serves_all(
    keyhole: Keyhole,
    environ: dict[str, str],
    users: Callable[..., Users],
    server: McpServer,
    authority: AuthorizationServer,
) -> None:
    """Who signed in with `keyhole mcp auth` is asked by nobody else; `logout` ends it for all."""
    done = keyhole("mcp", "auth", server.url, environ={**environ, **AGREES})
    assert done.returncode == 0, done.stderr
    before = len(authority.seen())
    assert users("sdk", later=(LATER,)).call() == [OK]
    assert users("fastmcp, keyhole", later=(LATER,)).call() == [OK]
    assert authority.seen()[before:] == [200]
    assert keyhole("mcp", "logout", server.url, environ=environ).returncode == 0
    assert asyncio.run(SdkTokenStorage(server.url).get_tokens()) is None


def test_fastmcp_finds_its_values_after_a_restart(
    users: Callable[..., Users], authority: AuthorizationServer, home: Path
) -> None:
    """FastMCP's provider signs in once; a new program uses its token; the index holds no secret."""
    before = len(authority.seen())
    assert users("fastmcp", person=True).call() == [{"said": "ada", "asked": 1}]
    assert users("fastmcp").call() == [OK]
    assert authority.seen()[before:] == [200]
    index = _texts(home / ".local/state/keyhole")
    assert "refresh_token" in _texts(home / ".local/share/keyhole/tokens")
    assert "mcp-oauth-token" in index
    assert "refresh_token" not in index


def _texts(folder: Path) -> str:
    return " ".join(path.read_text() for path in folder.rglob("*") if path.is_file())
