"""A sign-in to an MCP server in a real browser: a person signs in, sees what is asked, agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from components.authorization_server import authorization_server
from components.browser import browser
from components.mcp_server import mcp_server

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

RUN = "import sys; from keyhole.cli import run; sys.exit(run())"


def test_a_person_signs_in_at_an_mcp_server(
    keyhole: Callable[..., Any], isolated: Callable[..., dict[str, str]], cwd: Path
) -> None:
    """The page shows the scope that the server asked for; afterwards the server takes the token."""
    with (
        authorization_server(auto=False) as authority,
        mcp_server(authority.issuer) as server,
        browser() as chromium,
        subprocess.Popen(
            [sys.executable, "-c", RUN, "mcp", "auth", server.url, "--no-browser"],
            env=isolated(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr
        lines = iter(process.stderr.readline, "")
        asked = next(line.strip() for line in lines if line.startswith("http"))
        page = chromium.new_page()
        page.goto(asked)
        page.fill("input[name=login]", "ada")
        page.fill("input[name=password]", "fake")
        page.click("button[type=submit]")
        shown = page.inner_text("body")
        page.click("button[type=submit]")
        page.wait_for_url("**/callback*")
        ended = page.inner_text("body")
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.startswith(f"Signed in at {server.url} by {authority.issuer}")
        assert "mcp:read" in shown
        assert "You agreed" in ended
        headers = json.loads(keyhole("mcp", "headers", server.url).stdout)
        assert httpx2.post(server.url, json={}, headers=headers).status_code != 401
