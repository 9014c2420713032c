"""`keyhole mcp`: each of its commands is imported only when it is called."""

from __future__ import annotations

from keyhole.cli.action import Family

__all__ = ["mcp"]

mcp = Family(
    "mcp",
    "Authenticate to remote MCP servers.",
    {
        "list": "keyhole_mcp.commands.show:listed",
        "status": "keyhole_mcp.commands.show:status",
        "headers": "keyhole_mcp.commands.give:headers",
        "add": "keyhole_mcp.commands.change:added",
        "remove": "keyhole_mcp.commands.change:removed",
        "trust": "keyhole_mcp.commands.vouch:trust",
        "auth": "keyhole_mcp.commands.sign_in:auth",
        "login": "keyhole_mcp.commands.sign_in:auth",
        "logout": "keyhole_mcp.commands.end:logout",
        "explain": "keyhole_mcp.commands.explain:explain",
    },
)
