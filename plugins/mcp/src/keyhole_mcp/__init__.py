"""Authentication to remote MCP servers.

Programs use `keyhole_mcp.auth(url)`, people `keyhole mcp`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyhole import Command, Option, hookimpl

if TYPE_CHECKING:
    from keyhole_mcp.library import auth as auth

__all__ = ["auth", "keyhole_commands", "keyhole_options"]


@hookimpl
def keyhole_commands() -> list[Command]:
    """`mcp`."""
    return [Command("mcp", "Authenticate to remote MCP servers.", "keyhole_mcp.cli:mcp")]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of the tables `[mcp."NAME or URL"]`."""
    from keyhole_mcp import options
    from keyhole_mcp.extensions import options as extensions

    return [*options.OPTIONS, *extensions.OPTIONS]


def __getattr__(name: str) -> Any:
    # Registering the plugin imports nothing; programs that use it pay for what they use.
    if name == "auth":
        from keyhole_mcp.library import auth

        return auth
    raise AttributeError(f"module 'keyhole_mcp' has no attribute '{name}'")
