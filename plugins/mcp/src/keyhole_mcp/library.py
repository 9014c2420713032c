"""What programs use: `keyhole_mcp.auth(url)`."""

from __future__ import annotations

from collections.abc import Callable

from keyhole.host import Host, RealHost
from keyhole.machine import Machine
from keyhole.oauth.way import Way
from keyhole_mcp.headers import configured_headers
from keyhole_mcp.http import McpAuth
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.session import Session

__all__ = ["auth", "session"]

HOSTNAME = "localhost"
"""Where browsers come back to: what the specification admits, and what servers register."""


def auth(
    server: str,
    *,
    account: str = "",
    interactive: bool = False,
    look: Callable[[], Machine] = Machine.real,
    host: Host | None = None,
) -> McpAuth:
    """`auth=` for an httpx2 or httpx client, sync or async, that talks to an MCP server.

    It signs in when the server asks for it, keeps the token in keyhole's store, and renews it: once
    for all processes that share the store, before its end and after a 401.

    Args:
        server: The server's URL, or the name of a configured one.
        account: Which of several accounts; empty for the one that the configuration names.
        interactive: Whether a person is there, who may be asked in a browser. Without one, what
            only a login can mend is an InteractionRequiredError.
        look: Takes a look at the machine.
        host: What may be done; None is this machine.

    Raises:
        UsageError: There is no such server.
        BrokenCredentialError: Its entry does not count, or is not sound.
        StoreError: A store can't be used.
    """
    host = host or RealHost()
    machine = look()
    meant = server_named(machine, server)
    headers = configured_headers(meant, machine, host)
    return McpAuth(
        session(server, meant.url, account=account, interactive=interactive, look=look, host=host),
        meant.url,
        headers,
    )


def session(
    server: str,
    url: str,
    *,
    account: str,
    interactive: bool,
    look: Callable[[], Machine],
    host: Host,
) -> Session:
    """The session behind it."""

    def way(machine: Machine) -> Way:
        return Way.of(machine, present=interactive, hostname=HOSTNAME)

    return Session(server, url=url, look=look, host=host, account=account, way=way)
