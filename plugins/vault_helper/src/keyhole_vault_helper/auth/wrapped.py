"""Response wrapping: a token that stands for a secret, and can be exchanged for it once.

What it gave is kept at once, before anything else can fail: nobody can ask for it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole_vault_helper.errors import OutageError, VaultError

if TYPE_CHECKING:
    from keyhole_vault_helper.openbao.server import Answer, Server

__all__ = ["forget", "unwrapped", "wrapping_token"]

_TIMEOUT = 30.0
_DIGEST = "wrapping"


def unwrapped(
    wrapping: Secret,
    pick: Callable[[Answer], str],
    server: Server,
    host: Host,
    *,
    machine: Machine,
    key: str,
    about: str,
) -> Secret:
    """What a wrapping token stands for.

    Args:
        wrapping: The wrapping token, or what a sink file holds.
        pick: Takes the secret out of the answer.
        server: The server.
        host: What keeps it.
        machine: Whose stores.
        key: Under which key it is kept.
        about: What it is, for people.

    Raises:
        VaultError: It was unwrapped before, or has expired.
        StoreError: It can't be kept; then it is not unwrapped.
    """
    token = wrapping_token(wrapping)
    with host.tokens(machine).exclusive(key, about=about, timeout=_TIMEOUT) as slot:
        kept = slot.record
        if kept and kept.access_token and kept.extra.get(_DIGEST) == token.digest():
            return kept.access_token
        # What can't be kept must not be asked for.
        slot.replace(kept or TokenRecord())
        try:
            found = Secret(pick(_unwrap(token, server, about)))
        except BaseException:
            if kept is None:
                slot.delete()
            raise
        slot.replace(TokenRecord(access_token=found, extra=Extra({_DIGEST: token.digest()})))
    return found


def forget(host: Host, machine: Machine, key: str) -> None:
    """Forgets what was unwrapped.

    Raises:
        BusyError: Another holds it.
        StoreError: It can't be removed.
    """
    with host.tokens(machine).exclusive(key, timeout=_TIMEOUT) as slot:
        slot.delete()


def wrapping_token(content: Secret) -> Secret:
    """The token itself: an agent's sink file holds an object around it."""
    try:
        token = json.loads(content.reveal())["token"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return content
    return Secret(str(token))


def _unwrap(token: Secret, server: Server, about: str) -> Answer:
    try:
        return server.ask(f"unwrap {about}", lambda client: client.sys.unwrap(), token)
    except OutageError:
        raise
    except VaultError as error:
        where = error.where
    raise VaultError(
        f"{about} can't be unwrapped: it was unwrapped before, or has expired",
        where=where,
        remedy="have a new one made (`-wrap-ttl=`). If it was not you who unwrapped it, somebody "
        "else did: have what was in it revoked",
    )
