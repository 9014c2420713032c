"""What keyhole's configuration says about one MCP server: its named exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keyhole import Option
from keyhole.frozen import field, frozen
from keyhole.machine import Machine
from keyhole_mcp.options import OPTIONS

__all__ = ["Exceptions", "exceptions_of", "keys_of", "tables_by_url"]


@frozen
class Exceptions:
    """The keys of `[mcp."NAME or URL"]`.

    Attributes:
        assume_s256: PKCE with S256 is used though the metadata do not offer it (Entra, Cognito).
        trusted_issuer: The other name that the authorization server's metadata may carry.
        omit_resource: No resource indicator is sent (RFC 8707; Entra refuses it).
        legacy_2025_03_26: The server's own origin is its authorization server, as that revision
            of MCP had it.
        private_network: The authorization server may have a private address.
        client_id: A client that was registered beforehand.
        client_metadata_url: Where the client's metadata document is.
        callback_port: The port of the redirect URI.
        scopes: What to ask for, separated by spaces; empty asks for what the server names.
        account: Which of several accounts.
        where: Where each of them was said, by its name.
        misplaced: Where a table by name stands that would mean a project's entry; empty if none.
    """

    assume_s256: bool = False
    trusted_issuer: str = ""
    omit_resource: bool = False
    legacy_2025_03_26: bool = False
    private_network: bool = False
    client_id: str = ""
    client_metadata_url: str = ""
    callback_port: int | None = None
    scopes: str = ""
    account: str = ""
    where: Mapping[str, str] = field(factory=dict)
    misplaced: str = ""

    def said(self) -> tuple[tuple[str, str | int | bool, str], ...]:
        """Each one that was said: its name, its value, and where."""
        return tuple((name, getattr(self, name), spot) for name, spot in self.where.items())


def exceptions_of(machine: Machine, name: str, url: str, *, named: bool = True) -> Exceptions:
    """What the configuration says about a server; a table by URL wins over one by name.

    Args:
        machine: Whose configuration.
        name: The server's name.
        url: The server's URL, without a slash at its end or with one.
        named: Whether the user gave that name. A project's entry may bear any, also that of a
            server that a user trusts with more: a table by name is not about it.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    names = () if name == url else (name,)
    said, where = keys_of(machine, OPTIONS, (*(names if named else ()), *tables_by_url(url)))
    _, misplaced = keys_of(machine, OPTIONS, () if named else names)
    return Exceptions(**said, where=where, misplaced=next(iter(misplaced.values()), ""))


def tables_by_url(url: str) -> tuple[str, ...]:
    """The tables that mean a server, the strongest last: with and without a slash at the end."""
    return f"{url.rstrip('/')}/", url.rstrip("/")


def keys_of(
    machine: Machine, options: Iterable[Option], tables: Iterable[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What tables say, and where, by the keys' names; of two that say a key the later counts.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    said, where = {}, {}
    for option in options:
        values, spots = machine.config.each(option), machine.config.spots(option)
        for table in tables:
            if table in values:
                said[option.name], where[option.name] = values[table], spots[table]
    return said, where
