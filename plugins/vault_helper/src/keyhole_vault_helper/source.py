"""The source `vault`: a key in a vault, which keyhole reads itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole.credential import API_KEY, BEARER
from keyhole.endpoint import first_party
from keyhole.errors import ConfigError
from keyhole.index import entry_of
from keyhole.source import Absent, Broken, Detail, Found
from keyhole_vault_helper.chosen import NOTHING, chosen, where
from keyhole_vault_helper.options import KIND

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole_vault_helper.contract import Vault

__all__ = ["VaultSource"]

_KINDS = {kind.name: kind for kind in (API_KEY, BEARER)}


class VaultSource:
    """Sends the key in the header that `[vault] kind` says."""

    name = "vault"
    priority = 590
    selectors: frozenset[str] = frozenset()
    billing = "other"

    def find(self, machine: Machine) -> Absent | Broken | Found:
        try:
            vault = chosen(machine)
            return Absent(reason=NOTHING) if vault is None else _found(vault, machine)
        except ConfigError as error:
            return _broken(machine, error)


def _found(vault: Vault, machine: Machine) -> Broken | Found:
    # Most machines have no vault.
    from keyhole_vault_helper.load import Load

    endpoint, kind = first_party(machine), _KINDS[machine.config.get(KIND)]
    warnings = (*vault.warnings, *endpoint.warnings("The key"))
    details = (*vault.details, *_kept(vault, machine))
    flaw = vault.flaw
    if flaw or endpoint.refusal:
        return Broken(
            where=where(machine),
            reason=flaw.reason if flaw else endpoint.refusal,
            remedy=flaw.remedy if flaw else endpoint.remedy,
            details=details,
            warnings=warnings,
        )
    return Found(
        where=where(machine),
        load=Load(vault, machine, kind, endpoint.url),
        kind=kind,
        endpoint=endpoint,
        expires_at=_ends_at(vault, machine),
        details=details,
        warnings=warnings,
    )


def _broken(machine: Machine, error: ConfigError) -> Broken:
    return Broken(
        where=where(machine),
        reason=error.problem,
        remedy=error.remedy or f"correct {error.where}",
    )


def _kept(vault: Vault, machine: Machine) -> tuple[Detail, ...]:
    entry = entry_of(machine, vault.key, strict=True)
    if entry is None:
        return (Detail("kept", "nothing yet: the vault is asked when the key is needed"),)
    return (Detail("kept", f"in the store {entry.store}"),)


def _ends_at(vault: Vault, machine: Machine) -> float | None:
    entry = entry_of(machine, vault.key, strict=True)
    return entry.ends_at if entry else None
