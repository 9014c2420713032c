"""What a way to log in is: one small file each.

A third party adds one with a class that fulfils `Method`, under an entry point of the group
`keyhole.vault_auth` whose name is what `[vault] auth` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from keyhole.frozen import frozen
from keyhole.option import Option
from keyhole.secret import Secret
from keyhole_vault_helper.errors import VaultError
from keyhole_vault_helper.options import A_TEXT, text

if TYPE_CHECKING:
    from keyhole.flaw import Flaw
    from keyhole.host import Host
    from keyhole.machine import Machine
    from keyhole.source import Detail
    from keyhole_vault_helper.openbao.server import Answer, Server

__all__ = ["AUTH", "GROUP", "METHODS", "MOUNT", "OPTIONS", "ROLE", "Granted", "Method", "granted"]

AUTH = Option("vault.auth", "the name of a way to log in", text, "token")
"""How keyhole logs in."""

MOUNT = Option("vault.auth_mount", A_TEXT, lambda value: (text(value) or "").strip("/") or None, "")
"""Where the method is mounted; else under its own name."""

ROLE = Option("vault.role", A_TEXT, text, "")
"""The role, for the methods that have some."""

OPTIONS = (AUTH, MOUNT, ROLE)

GROUP = "keyhole.vault_auth"

METHODS = {
    "token": "keyhole_vault_helper.auth.token:Token",
    "approle": "keyhole_vault_helper.auth.approle:AppRole",
    "jwt": "keyhole_vault_helper.auth.jwt:Jwt",
    "cert": "keyhole_vault_helper.auth.certificate:Certificate",
}
"""The methods that come with keyhole."""


@frozen
class Granted:
    """A token of the vault.

    Attributes:
        token: The token.
        seconds: How long it lives; None where it does not end.
        renewable: Whether it can be made to live longer.
    """

    token: Secret
    seconds: float | None = None
    renewable: bool = False


class Method(Protocol):
    """A way to log in.

    Attributes:
        identity: Who logs in, for the key under which the token is kept; no secret.
        own: Whether keyhole itself gets the token: then it is kept, and revoked on logout.
        flaw: What is visibly missing.
        details: Facts to show.
    """

    @property
    def identity(self) -> str: ...
    @property
    def own(self) -> bool: ...
    @property
    def flaw(self) -> Flaw | None: ...
    @property
    def details(self) -> tuple[Detail, ...]: ...

    def log_in(self, server: Server, host: Host) -> Granted:
        """Logs in; what it needs for that is read anew each time.

        Raises:
            OutageError: The server gives nobody anything now.
            VaultError: It refuses, or something is missing here.
        """

    def forget(self, host: Host) -> None:
        """Forgets what it has kept for itself.

        Raises:
            StoreError: That can't be removed.
        """


Opener: TypeAlias = Callable[["Machine"], Method]


def granted(answer: Answer) -> Granted:
    """The token in the answer to a login.

    Raises:
        VaultError: There is none.
    """
    auth = answer.get("auth")
    if not isinstance(auth, dict) or not auth.get("client_token"):
        raise VaultError(
            "the vault took the login, and gave no token",
            remedy="a second factor, for which nobody is asked here, may be demanded of the role",
        )
    seconds, renewable = auth.get("lease_duration") or None, bool(auth.get("renewable"))
    return Granted(Secret(auth["client_token"]), seconds, renewable)
