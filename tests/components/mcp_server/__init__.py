"""A real MCP server, the mcp SDK's or FastMCP's: it takes one authorization server's tokens."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

__all__ = ["McpServer", "mcp_server"]

_TESTS = Path(__file__).parents[2]


@attrs.frozen
class McpServer:
    """A server that is running.

    Attributes:
        origin: Its origin.
    """

    origin: str

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"{self.origin}/mcp"

    def refuse(self) -> None:
        """From now on every token that was shown so far is refused."""
        self._post("/_refuse")

    def seen(self) -> list[dict[str, Any]]:
        """The requests to `/mcp`: with a token or not, the status, how many were under way."""
        answer: list[dict[str, Any]] = self._post("/_seen")
        return answer

    def _post(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.origin}{path}", b"", timeout=10) as answer:  # noqa: S310  # loopback
            return json.load(answer)


@contextmanager
def mcp_server(
    issuer: str, *, scope: str = "mcp:read", port: int = 0, program: str = "server"
) -> Iterator[McpServer]:
    """Starts a server with the tool `whoami`; the mcp SDK's has `meet`, too.

    Args:
        issuer: Whose tokens it takes.
        scope: What a token must hold.
        port: Its port, where the issuer has to know it before; 0 is a free one.
        program: "server" is the mcp SDK's, "fastmcp_server" is FastMCP's, which tells
            nothing of what it has seen.
    """
    command = [sys.executable, "-m", f"{__name__}.{program}", "--issuer", issuer]
    command += ["--scope", scope, "--port", str(port)]
    with subprocess.Popen(
        command, cwd=_TESTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield McpServer(json.loads(process.stdout.readline())["origin"])
        finally:
            process.kill()
