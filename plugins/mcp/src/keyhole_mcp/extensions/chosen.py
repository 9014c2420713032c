"""Which extension serves a server, as keyhole's configuration chooses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from keyhole.errors import ConfigError
from keyhole.frozen import field, frozen
from keyhole.machine import Machine
from keyhole_mcp.exceptions import keys_of, tables_by_url
from keyhole_mcp.extensions.options import OPTIONS
from keyhole_mcp.origin import origin_of

__all__ = ["Chosen", "chosen_for", "file_of"]


@frozen
class Chosen:
    """The keys of `[mcp."URL"]`; a table by name can't say them.

    Attributes:
        grant: "client_credentials", "enterprise_managed" or "workload_identity"; empty asks a
            person in a browser.
        issuer: The only authorization server that may be asked; empty takes the one that the MCP
            server names first, and for a grant no other from then on.
        private_key: The file with the client's key, instead of a secret.
        signing_algorithm: What that key signs with; empty takes what is usual for it.
        idp: The identity provider of the enterprise.
        idp_client_id: keyhole as a client of that.
        idp_private_key: The file with the key of that client.
        idp_token_file: The file with what says who the employee is.
        idp_token_type: What that is: "id_token", "refresh_token" or "saml2".
        assertion_file: The file with a workload's token; empty asks GitHub Actions.
        dpop: Whether tokens must be bound to a key; they are in any case where the server wants it.
        where: Where each of them was said, by its name.
    """

    grant: str = ""
    issuer: str = ""
    private_key: str = ""
    signing_algorithm: str = ""
    idp: str = ""
    idp_client_id: str = ""
    idp_private_key: str = ""
    idp_token_file: str = ""
    idp_token_type: str = "id_token"  # noqa: S105  # a token's type
    assertion_file: str = ""
    dpop: bool = False
    where: Mapping[str, str] = field(factory=dict)

    def said(self) -> tuple[tuple[str, str | int | bool, str], ...]:
        """Each one that was said: its name, its value, and where."""
        return tuple((name, getattr(self, name), spot) for name, spot in self.where.items())


def chosen_for(machine: Machine, url: str) -> Chosen:
    """What the configuration chooses for a server.

    Args:
        machine: Whose configuration.
        url: The server's URL, without a slash at its end or with one.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    _check_names(machine)
    said, where = keys_of(machine, OPTIONS, tables_by_url(url))
    return Chosen(**said, where=where)


def file_of(machine: Machine, name: str) -> Path:
    """The file that a key names."""
    return machine.home / name.removeprefix("~/") if name.startswith("~/") else Path(name)


def _check_names(machine: Machine) -> None:
    """A name is no proof of who a server is: a cloned folder's entry may bear any.

    Raises:
        ConfigError: A key that sends secrets somewhere stands in a table by name.
    """
    for option in OPTIONS:
        for table in machine.config.each(option):
            if not origin_of(table):
                raise ConfigError(
                    f"{option.name} must stand in a table by URL, not by name: a project's entry "
                    "may bear any name",
                    where=machine.config.spots(option)[table],
                    remedy='move it to [mcp."https://…"], the server\'s URL',
                )
