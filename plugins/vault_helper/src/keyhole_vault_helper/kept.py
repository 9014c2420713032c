"""The key in keyhole's token store: read once for all processes, and kept through outages."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from keyhole.errors import BusyError, KeyholeError, ServerError, StoreError
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.record import Extra, TokenRecord
from keyhole.renewal import Renewal, Renewed
from keyhole.secret import Secret
from keyhole_vault_helper.contract import Vault
from keyhole_vault_helper.errors import OutageError, VaultError
from keyhole_vault_helper.fresh import due, is_fresh, last_use
from keyhole_vault_helper.options import TIMEOUT

__all__ = ["Kept"]

_PATIENCE = 45.0
"""Seconds to wait for another process that asks the vault at this moment."""

_FORGETTING = 30.0


@final
class Kept:
    """One key of one vault.

    Args:
        vault: The place.
        machine: Whose stores keep it.
        host: What may be done.
        warn: Told in a sentence that the vault is away and the kept key goes on.
    """

    def __init__(
        self, vault: Vault, machine: Machine, host: Host, warn: Callable[[str], None]
    ) -> None:
        self._vault = vault
        self._machine = machine
        self._host = host
        self._warn = warn
        self._tokens = host.tokens(machine)

    def current(self, rejected: Secret | None = None) -> TokenRecord:
        """A key that can be used now; blocks while the vault is asked.

        Args:
            rejected: The key that was just refused.

        Raises:
            OutageError: The vault is away, and nothing that is kept can be used.
            VaultError: The vault does not give it; what was kept of it is forgotten.
            BusyError: Another process asks for it and does not come to an end.
            StoreError: It can't be kept.
        """
        renewing = Renewal(
            self._tokens,
            self._vault.key,
            lambda record: self._next(record, rejected),
            self._host,
            about=self._vault.about,
            patience=max(_PATIENCE, self._machine.config.get(TIMEOUT) * 2),
            begin=TokenRecord(),
            renew_at=self._due,
            endure=self._endure,
        )
        return renewing.current(rejected)

    def forget(self) -> tuple[str, ...]:
        """Ends and forgets what was got; says what was ended at the vault.

        Raises:
            OutageError: The vault can't be told; here everything is forgotten all the same.
            StoreError: It can't be removed.
        """
        return self._vault.forget(self._host, self._dropped())

    def _due(self, record: TokenRecord) -> float | None:
        # What was set in the future by a clock that went wrong is due at once.
        now = self._host.now()
        if record.issued_at is not None and record.issued_at > now:
            return now
        return due(record, self._machine)

    def _next(self, record: TokenRecord, rejected: Secret | None) -> Renewed:
        now = self._host.now()
        refused = rejected is not None and record.access_token == rejected
        end = last_use(record, self._machine)
        good = record.access_token is not None and not refused and (end is None or end > now)
        try:
            # A refused key needs another one, and no longer lease.
            reading = self._vault.read(self._host, TokenRecord() if refused else record)
        except OutageError as error:
            if good:
                raise error.endured() from error
            raise
        extra = {**record.extra, "vault": dict(reading.notes)}
        return Renewed(
            TokenRecord(
                access_token=reading.value,
                issued_at=now if reading.issued_at is None else reading.issued_at,
                expires_at=reading.ends_at,
                extra=Extra(extra),
            )
        )

    def _endure(self, error: KeyholeError, record: TokenRecord) -> None:
        """Goes on with the kept key through an outage, and through nothing else."""
        if is_fresh(record, self._machine, self._host.now()) or isinstance(error, BusyError):
            return
        end = last_use(record, self._machine)
        over = end is not None and end <= self._host.now()
        if isinstance(error, VaultError) and not isinstance(error, OutageError):
            # Its last word: the key must not come back with the next outage.
            self._dropped()
            raise error
        if over or not isinstance(error, ServerError | StoreError | OutageError):
            raise error
        self._warn(f"{error.problem}; the key that was read before is used ({self._vault.about}).")

    def _dropped(self) -> TokenRecord | None:
        with self._tokens.exclusive(self._vault.key, timeout=_FORGETTING) as slot:
            record = slot.record
            slot.delete()
        return record
