"""`keyhole mcp headers` called as Claude Code calls a `headersHelper`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from components.authorization_server import authorization_server
from components.mcp_server import mcp_server
from components.people import AGREES, NOBODY

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_a_login_that_has_ended(
    keyhole: Callable[..., subprocess.CompletedProcess[str]],
    isolated: Callable[..., dict[str, str]],
    home: Path,
) -> None:
    """A shell runs it with the server's name and URL; it prints headers that are taken."""
    with authorization_server(lifetime=1) as authority, mcp_server(authority.issuer) as server:
        entry = {"type": "http", "url": server.url, "headersHelper": "keyhole mcp headers notes"}
        (home / ".claude.json").write_text(json.dumps({"mcpServers": {"notes": entry}}))
        (home / ".claude").mkdir()
        done = keyhole("mcp", "auth", "notes", "--json", environ=AGREES)
        assert done.returncode == 0, done.stderr
        ends_at: float = json.loads(done.stdout)["expires_at"]
        time.sleep(max(0.0, ends_at - time.time()) + 0.1)
        authority.grant_for(3600)

        headers = helped(entry["headersHelper"], server.url, home, isolated)
        assert httpx2.post(server.url, json={}, headers=headers).status_code != 401
        assert authority.seen() == [200, 200]
        # Claude Code asks for each connection; what is fresh is printed again.
        assert helped(entry["headersHelper"], server.url, home, isolated) == headers
        assert authority.seen() == [200, 200]


def helped(
    command: str, url: str, home: Path, isolated: Callable[..., dict[str, str]]
) -> dict[str, Any]:
    """What the helper of a server in `~/.claude.json` prints: the headers, and nothing else."""
    program = shutil.which("keyhole", path=str(Path(sys.executable).parent))
    assert program
    environ = isolated(
        CLAUDE_CODE_MCP_SERVER_NAME="notes", CLAUDE_CODE_MCP_SERVER_URL=url, **NOBODY
    )
    environ["PATH"] = f"{Path(program).parent}:{environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],  # that is how Claude Code calls it
        env=environ,
        cwd=home / ".claude",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,  # Claude Code waits for 10 seconds; a machine under load is slow
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
