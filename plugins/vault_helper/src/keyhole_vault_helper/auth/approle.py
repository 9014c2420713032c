"""AppRole: a role id, which is like a user's name, and a secret id, which is like a password."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from keyhole.flaw import Flaw
from keyhole.option import Option
from keyhole.secret import Secret
from keyhole_vault_helper.auth import wrapped
from keyhole_vault_helper.auth.given import Given, below_home, from_file, from_variable
from keyhole_vault_helper.auth.method import MOUNT, Granted, granted
from keyhole_vault_helper.options import A_PATH, A_TEXT, A_TRUTH, file_path, text, truth

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.source import Detail
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["OPTIONS", "AppRole"]

ROLE_ID = Option("vault.role_id", A_TEXT, text, "")
"""The role id; it is no secret by itself."""

ROLE_ID_FILE = Option("vault.role_id_file", A_PATH, file_path, "")
"""A file with it, instead."""

SECRET_ID_FILE = Option("vault.secret_id_file", A_PATH, file_path, "")
"""A file with the secret id."""

SECRET_ID_VARIABLE = Option("vault.secret_id_variable", A_TEXT, text, "VAULT_SECRET_ID")
"""The variable with the secret id, where no file is named."""

SECRET_ID_WRAPPED = Option("vault.secret_id_wrapped", A_TRUTH, truth, default=False)
"""Whether what is there is a wrapping token, which stands for the secret id."""

OPTIONS = (ROLE_ID, ROLE_ID_FILE, SECRET_ID_FILE, SECRET_ID_VARIABLE, SECRET_ID_WRAPPED)


class AppRole:
    """Logs in with a role id and a secret id.

    Args:
        machine: The machine.
    """

    own = True

    def __init__(self, machine: Machine) -> None:
        config = machine.config
        self._machine = machine
        self._mount: str = config.get(MOUNT) or "approle"
        self._role_id = _role_id(machine)
        self._secret_id = _secret_id(machine)
        self._wrapped: bool = config.get(SECRET_ID_WRAPPED)

    @property
    def identity(self) -> str:
        role = self._role_id.value.reveal() if self._role_id.value else self._role_id.where
        return f"{self._mount}:{sha256(role.encode()).hexdigest()[:12]}"

    @property
    def details(self) -> tuple[Detail, ...]:
        from keyhole.source import Detail

        return (Detail("logs in with", f"approle, secret id in {self._secret_id.where}"),)

    @property
    def flaw(self) -> Flaw | None:
        if not self._role_id.there:
            return Flaw("there is no role id", "set 'vault.role_id' or 'vault.role_id_file'")
        if not self._secret_id.there:
            return Flaw(
                f"there is no secret id ({self._secret_id.where})",
                "lay it there, or set 'vault.secret_id_file' or 'vault.secret_id_variable'",
            )
        return None

    def log_in(self, server: Server, host: Host) -> Granted:
        role_id, secret_id = self._role_id.read(), self._secret_id.read()
        if self._wrapped:
            secret_id = wrapped.unwrapped(
                secret_id,
                lambda answer: str(answer["data"]["secret_id"]),
                server,
                host,
                machine=self._machine,
                key=self._key,
                about="the secret id",
            )
        return granted(
            server.ask(
                f"log in with {self._mount}",
                lambda client: client.auth.approle.login(
                    role_id.reveal(),
                    secret_id.reveal(),
                    use_token=False,
                    mount_point=self._mount,
                ),
            )
        )

    def forget(self, host: Host) -> None:
        if self._wrapped:
            wrapped.forget(host, self._machine, self._key)

    @property
    def _key(self) -> str:
        return f"vault-wrapped|{self.identity}|{self._secret_id.where}"


def _role_id(machine: Machine) -> Given:
    own, named = machine.config.get(ROLE_ID), machine.config.get(ROLE_ID_FILE)
    if named:
        return from_file(machine, "the role id", below_home(machine, named))
    return Given("the role id", "vault.role_id", None, Secret(own) if own else None, bool(own))


def _secret_id(machine: Machine) -> Given:
    named = machine.config.get(SECRET_ID_FILE)
    if named:
        return from_file(machine, "the secret id", below_home(machine, named))
    return from_variable(machine, "the secret id", machine.config.get(SECRET_ID_VARIABLE))
