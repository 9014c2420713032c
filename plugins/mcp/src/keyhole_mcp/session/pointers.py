"""Which login an account uses at an MCP server: known on this machine, and without a secret.

It only saves asking the server: where it is missing (a new machine that shares a store), asking
finds the issuer and the resource again, and with them the login.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from keyhole.document import Document
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_mcp.session.login import Login, key_of

__all__ = [
    "Pointer",
    "all_pointers",
    "forget_pointer",
    "known_issuer",
    "pointer_of",
    "pointers_to",
    "remember",
]

KIND = "mcp-logins"
"""The kind of keyhole's records that pointers are."""


@frozen
class Pointer:
    """Which login is meant.

    Attributes:
        server: The fingerprint of the MCP server's URL, which may hold a secret in its query.
        account: The account.
        issuer: The authorization server.
        client_id: The client.
        resource: What the tokens are for.
    """

    server: str
    account: str
    issuer: str
    client_id: str
    resource: str

    @property
    def key(self) -> str:
        """The login's key in its store."""
        return key_of(self.issuer, self.client_id, self.resource, self.account)


def pointer_of(machine: Machine, url: str, account: str) -> Pointer | None:
    """The pointer of an account at a server; None where none is known."""
    return _pointer(machine.decision(KIND, _about(_fingerprint(url), account)))


def known_issuer(machine: Machine, url: str, account: str) -> str:
    """Who issued the login of an account at a server; empty where none is known."""
    pointer = pointer_of(machine, url, account)
    return pointer.issuer if pointer else ""


def all_pointers(machine: Machine) -> Iterator[Pointer]:
    """The pointers to all logins that this machine knows of."""
    return filter(None, map(_pointer, machine.decisions(KIND)))


def pointers_to(machine: Machine, url: str) -> Iterator[Pointer]:
    """The pointers of all accounts at a server."""
    server = _fingerprint(url)
    return (pointer for pointer in all_pointers(machine) if pointer.server == server)


def remember(machine: Machine, host: Host, url: str, login: Login) -> None:
    """Remembers which login an account uses.

    Raises:
        RecordError: It can't be written.
    """
    pointer = Pointer(
        _fingerprint(url), login.account, login.issuer, login.client.id, login.resource
    )
    about = _about(pointer.server, pointer.account)
    machine.records(KIND).write(host, about, attrs.asdict(pointer))


def forget_pointer(machine: Machine, host: Host, pointer: Pointer) -> None:
    """Forgets it.

    Raises:
        RecordError: The file can't be removed.
    """
    machine.records(KIND).remove(host, _about(pointer.server, pointer.account))


def _about(fingerprint: str, account: str) -> str:
    return f"{fingerprint}|{account}"


def _fingerprint(url: str) -> str:
    return Secret(url).digest()


def _pointer(document: Document) -> Pointer | None:
    """The pointer in a file; a damaged one counts as none, and asking the server finds it again."""
    fields: Any = document.data
    names = [field.name for field in attrs.fields(Pointer)]
    if document.exposed or not all(isinstance(fields.get(name), str) for name in names):
        return None
    return Pointer(**{name: fields[name] for name in names})
