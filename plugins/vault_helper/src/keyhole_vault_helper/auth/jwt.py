"""JWT and OIDC: a signed token of somebody else's says who asks; it is got anew for each login."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from keyhole.errors import NetworkError
from keyhole.flaw import Flaw
from keyhole.message import Request
from keyhole.option import Option
from keyhole.secret import Secret
from keyhole_vault_helper.auth.given import Given, below_home, from_file, from_variable
from keyhole_vault_helper.auth.method import MOUNT, ROLE, Granted, granted
from keyhole_vault_helper.errors import OutageError, VaultError
from keyhole_vault_helper.options import A_PATH, A_TEXT, file_path, text

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.source import Detail
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["OPTIONS", "Jwt"]

JWT_FILE = Option("vault.jwt_file", A_PATH, file_path, "")
"""A file with the token, which somebody else renews (a Kubernetes projected volume, SPIFFE)."""

JWT_VARIABLE = Option("vault.jwt_variable", A_TEXT, text, "")
"""A variable with the token (GitLab CI's `id_tokens`)."""

AUDIENCE = Option("vault.jwt_audience", A_TEXT, text, "")
"""For whom GitHub Actions is asked to issue the token; else for the address of the vault."""

OPTIONS = (JWT_FILE, JWT_VARIABLE, AUDIENCE)

_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105  # a variable's name


class Jwt:
    """Logs in with a JWT from a file, from a variable, or from GitHub Actions.

    Args:
        machine: The machine.
    """

    own = True

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._mount: str = machine.config.get(MOUNT) or "jwt"
        self._role: str = machine.config.get(ROLE)
        self._given = _given(machine)
        self.identity = f"{self._mount}:{self._role}"

    @property
    def details(self) -> tuple[Detail, ...]:
        from keyhole.source import Detail

        place = self._given.where if self._given else "GitHub Actions"
        return (Detail("logs in with", f"jwt from {place}"),)

    @property
    def flaw(self) -> Flaw | None:
        if self._given and self._given.there:
            return None
        if self._given is None and all(self._machine.variable(n).value for n in (_URL, _TOKEN)):
            return None
        place = f" ({self._given.where})" if self._given else ""
        return Flaw(
            f"there is no JWT to log in with{place}",
            "set 'vault.jwt_file' or 'vault.jwt_variable'; in GitHub Actions give the job "
            "`permissions: id-token: write`",
        )

    def log_in(self, server: Server, host: Host) -> Granted:
        token = self._given.read() if self._given else self._of_github(server, host)
        return granted(
            server.ask(
                f"log in with {self._mount}",
                lambda client: client.auth.jwt.jwt_login(
                    self._role, token.reveal(), use_token=False, path=self._mount
                ),
            )
        )

    def forget(self, host: Host) -> None:
        """Nothing is kept."""

    def _of_github(self, server: Server, host: Host) -> Secret:
        """The job's token (GitHub: "OpenID Connect reference", requesting the JWT)."""
        url, bearer = self._machine.variable(_URL).text, self._machine.variable(_TOKEN).value
        audience = self._machine.config.get(AUDIENCE) or server.connection.address
        request = Request(
            f"{url}&audience={quote(audience, safe='')}",
            headers={
                "authorization": f"Bearer {bearer.reveal() if bearer else ''}",
                "accept": "application/json",
            },
            timeout=server.connection.timeout,
        )
        try:
            response = host.send(request)
        except NetworkError as error:
            problem = f"GitHub Actions gives no JWT: {error.problem}"
            raise OutageError(problem, where=_URL, remedy=error.remedy) from error
        try:
            return Secret(str(json.loads(response.body)["value"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            problem = f"GitHub Actions gives no JWT (HTTP {response.status})"
        raise VaultError(problem, where=_URL, remedy="give the job `permissions: id-token: write`")


def _given(machine: Machine) -> Given | None:
    named, variable = machine.config.get(JWT_FILE), machine.config.get(JWT_VARIABLE)
    if named:
        return from_file(machine, "the JWT", below_home(machine, named))
    return from_variable(machine, "the JWT", variable) if variable else None
