"""TLS certificates: the connection's own client certificate says who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.flaw import Flaw
from keyhole_vault_helper.auth.method import MOUNT, ROLE, Granted, granted
from keyhole_vault_helper.openbao.connection import connection

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.source import Detail
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["Certificate"]


class Certificate:
    """Logs in with the certificate of 'vault.client_cert'.

    Args:
        machine: The machine.
    """

    own = True

    def __init__(self, machine: Machine) -> None:
        self._mount: str = machine.config.get(MOUNT) or "cert"
        self._role: str = machine.config.get(ROLE)
        self._file = connection(machine).client_cert
        self.identity = f"{self._mount}:{self._role}:{self._file}"

    @property
    def details(self) -> tuple[Detail, ...]:
        from keyhole.source import Detail

        return (Detail("logs in with", f"the certificate {self._file or 'none'}"),)

    @property
    def flaw(self) -> Flaw | None:
        if self._file:
            return None
        return Flaw(
            "there is no TLS certificate to log in with",
            "set 'vault.client_cert' and 'vault.client_key'",
        )

    def log_in(self, server: Server, host: Host) -> Granted:  # noqa: ARG002  # the connection has it all
        # hvac's own method wants the files again; this connection shows the certificate already.
        role = {"name": self._role} if self._role else {}
        url = f"/v1/auth/{self._mount}/login"
        return granted(
            server.ask(
                f"log in with {self._mount}",
                lambda client: client.adapter.post(url, json=role),
            )
        )

    def forget(self, host: Host) -> None:
        """Nothing is kept."""
