"""Loading the source's credential: the kept key, or what the vault gives."""

from __future__ import annotations

import warnings

from keyhole.credential import HeaderCredential, Kind
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_vault_helper.contract import Vault
from keyhole_vault_helper.errors import BACK_OFF, VaultError
from keyhole_vault_helper.fresh import due

__all__ = ["Load", "StaleKeyWarning"]


class StaleKeyWarning(UserWarning):
    """The vault is away, and a key that was read before is used."""


@frozen
class Load:
    """Gives the key, bound to its endpoint."""

    vault: Vault
    machine: Machine
    kind: Kind
    endpoint: str

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:
        from keyhole_vault_helper.kept import Kept

        record = Kept(self.vault, self.machine, host, _warn).current(rejected)
        if record.access_token is None:
            raise VaultError("the kept record holds no key", where=self.vault.about)
        now = host.now()
        again = due(record, self.machine)
        if again is not None and again <= now:
            # The vault is away: nobody asks it at every use.
            again = now + BACK_OFF
        return HeaderCredential(
            self.kind, record.access_token, self.endpoint, record.expires_at, again
        )


def _warn(sentence: str) -> None:
    warnings.warn(sentence, StaleKeyWarning, stacklevel=2)
