"""What a client is told to do: docs/reference/mcp-probes.md explains each to its author."""

from __future__ import annotations

from typing import Any

__all__ = ["abandon", "call", "close", "status", "wait"]


def call(*tools: str, may_fail: bool = False, within: float = 0.0) -> dict[str, Any]:
    """Call tools, all at once, with one client; again each second where that may take a while."""
    return {"do": "call", "tools": list(tools), "may_fail": may_fail, "within": within}


def wait(url: str) -> dict[str, Any]:
    """GET a URL, without credentials, and go on when the answer is there."""
    return {"do": "wait", "url": url}


def abandon(tool: str, when: str) -> dict[str, Any]:
    """Begin to call a tool, GET the URL `when`, and cancel the call once that answers."""
    return {"do": "abandon", "tool": tool, "when": when}


def close() -> dict[str, Any]:
    """Begin to authenticate a request, and let go of it from another task or thread."""
    return {"do": "close"}


def status() -> dict[str, Any]:
    """Say what is known about the server's login, without any login."""
    return {"do": "status"}
