"""Loading the helper's credential: from the shelf where its value is fresh, else by a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keyhole import HeaderCredential, Host, Secret
from keyhole.freshness import Freshness, freshness
from keyhole_api_key_helper.helper import Helper
from keyhole_api_key_helper.lifetime import Lifetime
from keyhole_api_key_helper.options import CACHE
from keyhole_api_key_helper.shelf import Shelf
from keyhole_api_key_helper.value import Value

__all__ = ["Load"]


class Load:
    """Returns the credential of a helper.

    Args:
        helper: The helper.
        lifetime: For how long its value is used.
    """

    def __init__(self, helper: Helper, lifetime: Lifetime) -> None:
        self.helper = helper
        self._lifetime = lifetime

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:
        shelf = self._shelf(host)
        if shelf is None:
            value = self.helper.run(host)
        else:
            value = shelf.once(self._fits(host, rejected), lambda: self.helper.run(host))
        return HeaderCredential(
            value.kind,
            value.secret,
            self.helper.endpoint.url,
            expires_at=value.expires_at,
            renew_at=self._renew_at(value),
        )

    def _shelf(self, host: Host) -> Shelf | None:
        """Where the value is shared; None where it stays in this process's memory."""
        machine = self.helper.machine
        folder = machine.variable("XDG_RUNTIME_DIR").text
        if not (folder and self._lifetime.seconds and machine.config.get(CACHE)):
            return None
        scratch = host.scratch(Path(folder))
        return Shelf(scratch, self.helper) if scratch else None

    def _fits(self, host: Host, rejected: Secret | None) -> Callable[[Value], bool]:
        asked_at = host.now()

        def fits(value: Value) -> bool:
            now = host.now()
            if value.secret == rejected or value.obtained_at > now:
                return False
            fresh = freshness(value.expires_at, now, self._renew_at(value)) is Freshness.FRESH
            # What was fetched while this process waited is as good as what it would fetch itself.
            return fresh or value.obtained_at >= asked_at

        return fits

    def _renew_at(self, value: Value) -> float | None:
        """The end of its lifetime, unless the helper itself gave it an end."""
        if value.expires_at is not None:
            return None
        return value.obtained_at + self._lifetime.seconds
