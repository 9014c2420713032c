"""A token that somebody else got: a variable's, the command line's, or an agent's sink file's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.flaw import Flaw
from keyhole.option import Option
from keyhole.record import Extra
from keyhole.secret import Secret
from keyhole_vault_helper.auth import wrapped
from keyhole_vault_helper.auth.given import Given, below_home, from_file, from_variable
from keyhole_vault_helper.auth.method import Granted
from keyhole_vault_helper.errors import DeniedError
from keyhole_vault_helper.openbao.variables import vendor
from keyhole_vault_helper.options import A_PATH, A_TRUTH, file_path, truth

if TYPE_CHECKING:
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.source import Detail
    from keyhole_vault_helper.openbao.server import Server

__all__ = ["OPTIONS", "Token"]

TOKEN_FILE = Option("vault.token_file", A_PATH, file_path, "")
"""A file with a token, such as an agent's sink; else BAO_TOKEN, VAULT_TOKEN or ~/.vault-token."""

TOKEN_WRAPPED = Option("vault.token_wrapped", A_TRUTH, truth, default=False)
"""Whether what is in that file is response-wrapped."""

OPTIONS = (TOKEN_FILE, TOKEN_WRAPPED)

_COMMAND_LINE = ".vault-token"
_SHARE = 3
"""A token is made to live longer when only this part of its time is left."""


class Token:
    """It is never kept: whoever got it looks after it; but it is made to live longer.

    Args:
        machine: The machine.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._given = _given(machine)
        self._wrapped: bool = machine.config.get(TOKEN_WRAPPED)
        self.identity = f"token:{self._given.where}"
        self.own = self._wrapped

    @property
    def details(self) -> tuple[Detail, ...]:
        from keyhole.source import Detail

        return (Detail("token", self._given.where),)

    @property
    def flaw(self) -> Flaw | None:
        if self._given.there:
            return None
        return Flaw(
            "there is no token for the vault",
            "`bao login`, set VAULT_TOKEN, or name another way in 'vault.auth'",
        )

    def log_in(self, server: Server, host: Host) -> Granted:
        token = self._given.read()
        if self._wrapped:
            token = wrapped.unwrapped(
                token,
                lambda answer: str(answer["auth"]["client_token"]),
                server,
                host,
                machine=self._machine,
                key=self._key,
                about="the token",
            )
        return _looked_after(token, server)

    def forget(self, host: Host) -> None:
        if self._wrapped:
            wrapped.forget(host, self._machine, self._key)

    @property
    def _key(self) -> str:
        return f"vault-wrapped|{self.identity}"


def _given(machine: Machine) -> Given:
    named = machine.config.get(TOKEN_FILE)
    if named:
        return from_file(machine, "the token", below_home(machine, named))
    variable = vendor(machine, "TOKEN")
    if variable.value:
        return from_variable(machine, "the token", variable.name)
    return from_file(machine, "the token", machine.home / _COMMAND_LINE)


def _looked_after(token: Secret, server: Server) -> Granted:
    """What the server says of a token; one that may not ask that is used as it is."""
    try:
        about = server.ask("look the token up", lambda one: one.auth.token.lookup_self(), token)
        data = Extra(about["data"])
    except DeniedError:
        return Granted(token)
    # The answer holds the token, too.
    del about
    seconds = data.get("ttl") or None
    lifetime = data.get("period") or data.get("creation_ttl") or 0
    if data.get("renewable") and seconds and seconds < lifetime / _SHARE:
        try:
            longer = server.ask(
                "renew the token",
                lambda one: one.auth.token.renew_self(increment=f"{lifetime}s"),
                token,
            )
            seconds = longer["auth"]["lease_duration"] or None
        except DeniedError:
            pass
    return Granted(token, seconds, renewable=bool(data.get("renewable")))
