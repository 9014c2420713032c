"""Sign-in to a real MCP server (the mcp SDK's) by a real authorization server (oidc-provider)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

import keyhole_mcp
from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from components.people import AGREES, NOBODY, PEERS, RUN, ended_at

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Keyhole = Callable[..., subprocess.CompletedProcess[str]]
LATER = 3 * 3600


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
def signed_in(keyhole: Keyhole, server: McpServer) -> McpServer:
    """The server, signed in to."""
    done = keyhole("mcp", "auth", server.url, environ=AGREES)
    assert done.returncode == 0, done.stderr
    return server


def test_a_tool_is_called_and_the_first_request_costs_what_it_must(
    authority: AuthorizationServer,
    server: McpServer,
    isolated: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The mcp SDK's client calls a tool: one request is refused, one token is got, no more."""
    for name, value in isolated(**AGREES).items():
        monkeypatch.setenv(name, value)

    async def called() -> str:
        auth = keyhole_mcp.auth(server.url, interactive=True)
        async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
            transport = streamable_http_client(server.url, http_client=http)
            async with Client(transport, mode="legacy") as client:
                result = await client.call_tool("whoami", {})
        return str(result.content)

    assert "ada" in asyncio.run(called())
    assert [one["token"] for one in server.seen()].count(False) == 1
    assert authority.seen() == [200]


def test_a_new_process_refreshes_once_and_asks_nobody(
    signed_in: McpServer, authority: AuthorizationServer, call: Callable[..., list[str]]
) -> None:
    """After the token has ended, a new process sends one refresh and one request, no browser."""
    before = len(signed_in.seen())
    assert call(LATER) == ["200"]
    assert authority.seen() == [200, 200]
    new = signed_in.seen()[before:]
    assert [(one["token"], one["status"]) for one in new] == [(True, 200)]


@pytest.mark.parametrize("sign", ["the clock", "a 401"])
def test_eight_processes_refresh_once(
    sign: str,
    signed_in: McpServer,
    authority: AuthorizationServer,
    call: Callable[..., list[str]],
) -> None:
    """Eight processes that find the token ended, by their clock or by a 401, refresh once."""
    assert call() == ["200"]
    if sign == "a 401":
        signed_in.refuse()
    later = LATER if sign == "the clock" else 0
    assert call(*[later] * 8) == ["200"] * 8
    assert authority.seen() == [200, 200]
    # The family is alive: the next rotation works.
    signed_in.refuse()
    assert call(later) == ["200"]
    assert authority.seen() == [200, 200, 200]


def test_long_running_programs_that_are_refused_one_after_the_other(
    signed_in: McpServer,
    authority: AuthorizationServer,
    isolated: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who holds an old token, and is refused later, takes what the first has renewed."""
    for name, value in isolated(**NOBODY).items():
        monkeypatch.setenv(name, value)
    body, accept = (
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        "application/json, text/event-stream",
    )
    clients = [httpx2.Client(auth=keyhole_mcp.auth(signed_in.url)) for _ in range(3)]
    for _ in range(2):
        for client in clients:
            answer = client.post(signed_in.url, json=body, headers={"accept": accept})
            assert answer.status_code == 200
        if len(authority.seen()) == 1:
            signed_in.refuse()
    for client in clients:
        client.close()
    assert authority.seen() == [200, 200]


def test_eight_calls_are_under_way_at_once(
    signed_in: McpServer,
    isolated: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is locked while a request is under way: the server serves all eight together."""
    for name, value in isolated(**NOBODY).items():
        monkeypatch.setenv(name, value)

    async def calls() -> list[str]:
        async with httpx2.AsyncClient(auth=keyhole_mcp.auth(signed_in.url), timeout=120) as http:
            transport = streamable_http_client(signed_in.url, http_client=http)
            async with Client(transport, mode="auto") as client:
                met = (client.call_tool("meet", {"expected": 8}) for _ in range(8))
                return [str(result.content) for result in await asyncio.gather(*met)]

    assert all("all are here" in said for said in asyncio.run(calls()))
    assert max(one["at once"] for one in signed_in.seen()) >= 8


def test_logout_ends_the_login_at_the_server(
    keyhole: Keyhole, signed_in: McpServer, authority: AuthorizationServer, home: Path
) -> None:
    """After a logout the server takes the refresh token no more, and nothing is kept."""
    stored = (home / ".local/share/keyhole/tokens").glob("*")
    records = [json.loads(path.read_text()) for path in stored if path.suffix == ".json"]
    (refresh,) = [one["refresh_token"] for one in records if "refresh_token" in one]
    assert authority.is_active(refresh)
    done = keyhole("mcp", "logout", signed_in.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not authority.is_active(refresh)
    assert keyhole("mcp", "headers", signed_in.url).returncode == 4
    assert keyhole("mcp", "logout", "--all").stdout == "Nobody is signed in there.\n"


def test_headers_and_status_of_a_login(keyhole: Keyhole, signed_in: McpServer) -> None:
    """`headers` prints what the server takes; `status` says until when, without asking anybody."""
    headers = json.loads(keyhole("mcp", "headers", signed_in.url, environ=NOBODY).stdout)
    asked = httpx2.post(signed_in.url, json={}, headers=headers)
    assert asked.status_code != 401
    before = len(signed_in.seen())
    said = json.loads(keyhole("mcp", "status", signed_in.url, "--json", environ=NOBODY).stdout)
    assert said["servers"][0]["token"]["state"] == "valid"
    assert said["servers"][0]["token"]["renewable"] is True
    assert len(signed_in.seen()) == before


def test_begun_here_and_finished_there(
    keyhole: Keyhole,
    server: McpServer,
    isolated: Callable[..., dict[str, str]],
    cwd: Path,
) -> None:
    """Another process redeems the address at which the browser ended; both are signed in then."""
    command = [sys.executable, "-c", RUN, "mcp", "auth", server.url, "--no-browser"]
    with subprocess.Popen(
        command,
        env=isolated(),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as begun:
        assert begun.stderr
        lines = iter(begun.stderr.readline, "")
        asked = next(line.strip() for line in lines if line.startswith("http"))
        answer = ended_at(asked)
        done = subprocess.run(
            [sys.executable, "-c", RUN, "mcp", "auth", server.url, "--answer"],
            env=isolated(),
            cwd=cwd,
            input=answer + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said, _ = begun.communicate(timeout=60)
    assert begun.returncode == 0
    assert said == done.stdout
    assert keyhole("mcp", "headers", server.url).returncode == 0


def test_one_browser_for_all(
    server: McpServer, isolated: Callable[..., dict[str, str]], cwd: Path, tmp_path: Path
) -> None:
    """Of four processes that need a login at once, one opens a browser; all go on with its token."""
    log = tmp_path / "opened"
    agrees = f"sh -c 'echo >> {log}; {AGREES['BROWSER'].removesuffix(' %s')} \"$0\"' %s"
    command = [sys.executable, str(PEERS / "keyhole_caller.py"), server.url, "0", "interactive"]
    running = [
        subprocess.Popen(
            command, env=isolated(BROWSER=agrees), cwd=cwd, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in running] == ["200"] * 4
    assert len(log.read_text().splitlines()) == 1


@pytest.fixture
def call(
    server: McpServer, isolated: Callable[..., dict[str, str]], cwd: Path
) -> Callable[..., list[str]]:
    """Calls a tool from one process for each number of seconds that it is later there."""

    def called(*later: float) -> list[str]:
        command = [sys.executable, str(PEERS / "keyhole_caller.py"), server.url]
        running = [
            subprocess.Popen(
                [*command, str(seconds)],
                env=isolated(**NOBODY),
                cwd=cwd,
                stdout=subprocess.PIPE,
                text=True,
            )
            for seconds in later or (0,)
        ]
        return [process.communicate(timeout=120)[0].strip() for process in running]

    return called
