"""A place in HashiCorp Vault or OpenBao, as the configuration names it.

A helper that prints a kept key needs only its name, so that everything else is imported when the
server is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, final

from keyhole.flaw import Flaw
from keyhole.machine import Machine
from keyhole_vault_helper.auth.method import AUTH, GROUP, METHODS, Method
from keyhole_vault_helper.errors import DeniedError
from keyhole_vault_helper.named import named
from keyhole_vault_helper.openbao.connection import Connection, connection
from keyhole_vault_helper.openbao.wanted import wanted

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.record import TokenRecord
    from keyhole.source import Detail
    from keyhole_vault_helper.contract import Reading, Step
    from keyhole_vault_helper.openbao.login import Login
    from keyhole_vault_helper.openbao.reading import Reader
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["OpenBao"]


@final
class OpenBao:
    """One secret of one server.

    Args:
        machine: The machine.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._want = wanted(machine)
        self.connection: Connection = connection(machine)

    @cached_property
    def method(self) -> Method:
        """How to log in."""
        found: Method = named(self._machine, AUTH, METHODS, GROUP)(self._machine)
        return found

    @property
    def key(self) -> str:
        where = f"{self.connection.address}|{self.connection.namespace}"
        return f"vault-key|{where}|{self._want.key}|{self.method.identity}"

    @property
    def about(self) -> str:
        return f"{self._want.about} in {self.connection.address}"

    @property
    def flaw(self) -> Flaw | None:
        return self.connection.flaw or self.method.flaw

    @property
    def details(self) -> tuple[Detail, ...]:
        return (*self.connection.details, *self.method.details)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.connection.warnings

    def read(self, host: Host, kept: TokenRecord) -> Reading:
        server = self.server(host)
        reader = self.reader(server, host)
        try:
            return reader.reading(host, kept)
        except DeniedError:
            if not self.method.own or reader.knows_token():
                raise
        # keyhole's own token was revoked: a new login may be as good as the old one was.
        session = self.login.session(server, host, rejected=reader.session.token)
        return type(reader)(server, session, self._want).reading(host, kept)

    def steps(self, host: Host) -> Sequence[Step]:
        from keyhole_vault_helper.openbao.check import Walk

        return Walk(self, host).steps

    def forget(self, host: Host, kept: TokenRecord | None) -> tuple[str, ...]:
        from keyhole_vault_helper.openbao.reading import notes_of

        server, ended = self.server(host), []
        lease = notes_of(kept).get("lease") if kept else None
        if lease and not self.method.own:
            token = self.login.session(server, host).token
            server.ask("revoke the lease", lambda one: one.sys.revoke_lease(lease), token)
            ended.append("the lease of the key")
        if self.login.forget(server, host):
            # With a token the server ends all leases that it was used for.
            ended.append("keyhole's token, and its leases")
        return tuple(ended)

    # For one conversation

    @property
    def login(self) -> Login:
        """The login at the server."""
        from keyhole_vault_helper.openbao.login import Login

        return Login(self._machine, self.connection, self.method)

    def server(self, host: Host) -> Server:
        """The server."""
        from keyhole_vault_helper.openbao.server import Server

        return Server(self.connection, host.tell)

    def reader(self, server: Server, host: Host) -> Reader:
        """Who reads there, logged in.

        Raises:
            OutageError: The server gives nobody anything now.
            VaultError: The login is refused.
        """
        from keyhole_vault_helper.openbao.reading import Reader

        return Reader(server, self.login.session(server, host), self._want)
