"""Signing in to an MCP server from a real terminal."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from components.authorization_server import authorization_server
from components.mcp_server import McpServer, mcp_server
from components.people import RUN, ended_at
from components.terminal import Terminal, terminal

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Types = Callable[..., AbstractContextManager[Terminal]]


@pytest.fixture(scope="module")
def server() -> Iterator[McpServer]:
    """An MCP server, and who issues its tokens."""
    with authorization_server() as authority, mcp_server(authority.issuer) as running:
        yield running


@pytest.fixture
def auth(
    server: McpServer, home: Path, isolated: Callable[..., dict[str, str]], cwd: Path
) -> Types:
    """Starts `keyhole mcp auth` for it on a terminal; no browser opens."""

    def started(*more: str) -> AbstractContextManager[Terminal]:
        command = [sys.executable, "-c", RUN, "mcp", "auth", server.url, "--no-browser", *more]
        return terminal(command, home, isolated(), cwd)

    return started


def test_the_address_is_pasted(auth: Types, server: McpServer, home: Path) -> None:
    """The browser's last address is pasted; it stays invisible, and the sign-in is complete."""
    with auth() as screen:
        answer = ended_at(address(screen))
        screen.type(answer)
        screen.press("Enter")
        said = screen.shows("[ended with 0]")
    assert f"Signed in at {server.url}" in said
    assert parse_qs(urlsplit(answer).query)["code"][0] not in said
    assert kept(home, "access_token")


def test_ctrl_c(auth: Types, home: Path) -> None:
    """Ctrl-C ends it with 130: nothing is pending then, nobody listens, and there is no noise."""
    with auth() as screen:
        asked = address(screen)
        assert kept(home, "mcp-pending")
        screen.press("C-c")
        said = screen.shows("[ended with 130]")
    assert "Traceback" not in said
    assert not kept(home, "mcp-pending")
    assert not kept(home, "access_token")
    assert not listens(port_of(asked))


def test_nobody_comes(auth: Types, home: Path) -> None:
    """When the time is over it says so, and leaves nothing pending."""
    with auth("--timeout", "1") as screen:
        asked = address(screen)
        said = screen.shows("[ended with 1]")
    assert "nobody finished the login within 1 seconds" in said
    assert not kept(home, "mcp-pending")
    assert not listens(port_of(asked))


def test_the_port_is_taken(auth: Types, home: Path) -> None:
    """A port that another program has is an error that names it, before anybody is asked."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with auth("--callback-port", str(port)) as screen:
            said = screen.shows("[ended with 1]")
    assert f"localhost:{port}" in said
    assert "open this address" not in said
    assert not kept(home, "mcp-pending")


def address(screen: Terminal) -> str:
    """The address that a person is to open, once they may also paste."""
    lines = screen.shows("press Enter").splitlines()
    return next(line.strip() for line in lines if line.startswith("http"))


def kept(home: Path, field: str) -> list[object]:
    """What the records of the store have in a field."""
    stored = (home / ".local/share/keyhole/tokens").glob("*.json")
    records = [json.loads(path.read_text()) for path in stored]
    return [record[field] for record in records if record.get(field)]


def port_of(asked: str) -> int:
    """The port to which the browser was to come back."""
    (back,) = parse_qs(urlsplit(asked).query)["redirect_uri"]
    return urlsplit(back).port or 0


def listens(port: int) -> bool:
    """Whether anybody listens at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
