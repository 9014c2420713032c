"""The place that the configuration names, in the vault that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.errors import BrokenCredentialError, ConfigError, NoCredentialError
from keyhole.machine import Machine
from keyhole.where import Where
from keyhole_vault_helper.named import named
from keyhole_vault_helper.options import BACKEND, PATH

if TYPE_CHECKING:
    from keyhole_vault_helper.contract import Vault

__all__ = ["NOTHING", "chosen", "usable", "where"]

NOTHING = "no vault is configured ([vault] path)"

_SERVER = "keyhole_vault_helper.openbao.vault:OpenBao"
_BACKENDS = {
    "vault": _SERVER,
    "openbao": _SERVER,
    "pass": "keyhole_vault_helper.password_store:PasswordStore",
}


def chosen(machine: Machine) -> Vault | None:
    """What the configuration names; None where it names nothing.

    Raises:
        ConfigError: It holds something that it must not.
    """
    if not machine.config.get(PATH):
        return None
    found: Vault = named(machine, BACKEND, _BACKENDS, "keyhole.vaults")(machine)
    return found


def usable(machine: Machine) -> Vault:
    """What the configuration names, where nothing is visibly wrong with it.

    Raises:
        NoCredentialError: It names nothing.
        BrokenCredentialError: Something is missing.
        ConfigError: It holds something that it must not.
    """
    found = chosen(machine)
    if found is None:
        raise NoCredentialError(
            NOTHING, remedy='name the place of the key: [vault] path = "secret/anthropic"'
        )
    if found.flaw:
        raise BrokenCredentialError(
            found.flaw.reason, where=str(where(machine)), remedy=found.flaw.remedy
        )
    return found


def where(machine: Machine) -> Where:
    """Where the configuration names it."""
    entry = machine.config.entries.get(PATH.key)
    if entry is None:
        raise ConfigError(NOTHING)
    place, _, line = entry.spot.rpartition(":")
    return Where(place, PATH.key, int(line)) if line.isdecimal() else Where(entry.spot, PATH.key)
