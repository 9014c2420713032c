"""The OAuth token that is held for an MCP server."""

from __future__ import annotations

from functools import partial

from keyhole.credential import Credential
from keyhole.host import Host
from keyhole.index import Entry, entry_of
from keyhole.machine import Machine
from keyhole.oauth.way import Way
from keyhole_mcp.server import Server
from keyhole_mcp.session.pointers import Pointer, pointer_of, pointers_to
from keyhole_mcp.session.session import Session

__all__ = ["credential", "entry", "headers", "pointers"]


def pointers(server: Server, machine: Machine) -> tuple[Pointer, ...]:
    """The logins of all accounts that this machine knows of: looking alone."""
    return tuple(pointers_to(machine, server.url))


def entry(server: Server, machine: Machine) -> Entry | None:
    """What the index knows of the token of the account that is used: looking alone."""
    pointer = pointer_of(machine, server.url, server.exceptions.account)
    return entry_of(machine, pointer.key) if pointer else None


def headers(server: Server, machine: Machine, host: Host) -> dict[str, str]:
    """The headers of the held token, renewed where that is needed.

    Raises:
        LoginRequiredError: None is held, and only a login helps.
        NetworkError: A server can't be reached.
        StoreError: A store can't be used.
    """
    return dict(credential(server, machine, host).headers())


def credential(server: Server, machine: Machine, host: Host, account: str = "") -> Credential:
    """The held token; see `headers`.

    The MCP server itself is not asked: on a machine that shares a store and does not know of the
    login yet, `keyhole mcp auth` finds it there.
    """
    session = Session(
        server.name,
        url=server.url,
        look=lambda: machine,
        host=host,
        account=account,
        way=partial(Way.of, present=False),
    )
    return session.holder.current()
