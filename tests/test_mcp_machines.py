"""Two machines that share nothing but a Valkey are one for an MCP server's login."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from components.people import AGREES, NOBODY, PEERS, RUN
from components.valkey import Valkey, valkey

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def authority() -> Iterator[AuthorizationServer]:
    """An authorization server that rotates, and ends a login whose old token is used again."""
    with authorization_server() as running:
        yield running


@pytest.fixture
def server(authority: AuthorizationServer) -> Iterator[McpServer]:
    """An MCP server that takes its tokens."""
    with mcp_server(authority.issuer) as running:
        yield running


@pytest.fixture
def shared() -> Iterator[Valkey]:
    """What the machines share."""
    with valkey() as running:
        yield running


@pytest.fixture
def on(tmp_path: Path, shared: Valkey, isolated: Callable[..., dict[str, str]]) -> Start:
    """Starts Python with some arguments on a machine of a name: `on("first", "-c", ...)`."""

    def started(machine: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        home = tmp_path / machine
        config = home / ".config/keyhole/config.toml"
        if not config.exists():
            config.parent.mkdir(parents=True)
            config.write_text(
                f'[stores]\nuse = "redis"\n[redis]\nurl = "{shared.url}"\nlease = 20\ntimeout = 30\n'
            )
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=isolated(HOME=str(home), **environ),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return started


def test_a_login_is_taken_over(
    on: Start, authority: AuthorizationServer, server: McpServer
) -> None:
    """The second machine signs in without a browser, the third goes on after a 401."""
    auth = ["-c", RUN, "mcp", "auth", server.url]
    assert "Signed in at" in said(on("first", *auth, **AGREES))
    taken = said(on("second", *auth, **NOBODY))
    assert "Signed in at" in taken
    assert "open this address" not in taken
    before = len(server.seen())
    assert said(on("third", *calling(server), **NOBODY)) == "200"
    assert [one["token"] for one in server.seen()[before:]] == [False, True]
    assert authority.seen() == [200]


@pytest.mark.parametrize("sign", ["the clock", "a 401"])
def test_one_refresh_for_all(
    sign: str, on: Start, authority: AuthorizationServer, server: McpServer
) -> None:
    """When the token ends, by the clock or by a 401, the machines refresh it once together."""
    lifetime = 1 if sign == "the clock" else 3600
    authority.grant_for(lifetime)
    auth = ["-c", RUN, "mcp", "auth", server.url]
    assert "Signed in at" in said(on("first", *auth, **AGREES))
    # A second is too short to be used for, so that each machine finds the token ended.
    authority.grant_for(3600)
    assert "Signed in at" in said(on("second", *auth, **NOBODY))
    if sign == "a 401":
        assert said(on("first", *calling(server), **NOBODY)) == "200"
        server.refuse()
    running = [on(name, *calling(server), **NOBODY) for name in ("first", "second")]
    assert [said(process) for process in running] == ["200"] * 2
    assert authority.seen() == [200, 200]


def calling(server: McpServer) -> list[str]:
    """Python's arguments that call a tool."""
    return [str(PEERS / "keyhole_caller.py"), server.url]


def said(process: subprocess.Popen[str]) -> str:
    """What a process said before it ended."""
    return process.communicate(timeout=120)[0].strip()
