"""Reading one secret with one token: where it is, what it holds, and for how long that is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from keyhole.host import Host
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole_vault_helper.contract import Reading
from keyhole_vault_helper.errors import DeniedError, OutageError, VaultError
from keyhole_vault_helper.openbao.engine import Held, Spot, explained, located, read
from keyhole_vault_helper.openbao.fields import picked
from keyhole_vault_helper.openbao.login import Session
from keyhole_vault_helper.openbao.server import Server
from keyhole_vault_helper.openbao.wanted import Wanted
from keyhole_vault_helper.shape import checked

__all__ = ["Reader", "notes_of"]


@attrs.frozen
class Reader:
    """Who reads.

    Attributes:
        server: The server.
        session: With which token.
        want: What the configuration says of the secret.
    """

    server: Server
    session: Session
    want: Wanted

    def reading(self, host: Host, kept: TokenRecord) -> Reading:
        """The kept key with a longer lease, else what the server holds now.

        Raises:
            OutageError: The server gives nobody anything now.
            VaultError: It does not give this key.
        """
        longer = self._longer(host, kept)
        if longer:
            return longer
        notes, now = notes_of(kept), host.now()
        spot = Spot(**notes["spot"]) if "spot" in notes else self.spot()
        held = self.held(spot)
        value = checked(self.value(held, spot), f"{spot} in {self.server.connection.address}")
        return Reading(
            value,
            ends_at=self._end(held, now),
            issued_at=now,
            notes={
                "spot": attrs.asdict(spot),
                "lease": held.lease if held.renewable else "",
                "refresh": held.refresh,
                "token": self.session.token.digest(),
            },
        )

    def spot(self) -> Spot:
        """Where the secret is."""
        return located(self.server, self.want, self.session.token)

    def held(self, spot: Spot) -> Held:
        """What the secret holds.

        Raises:
            DeniedError: No policy allows it, with the line that is missing; or the token is not
                good, with what to do.
        """
        try:
            return read(self.server, spot, self.session.token)
        except DeniedError as error:
            denied = error
        if self.knows_token():
            raise explained(denied, spot)
        raise DeniedError(
            "the token is not good: it has ended, or was revoked",
            where=self.server.connection.address,
            remedy="`bao login`, or whoever gives you tokens gives you a new one",
        )

    def value(self, held: Held, spot: Spot) -> Secret | None:
        """The value of the field; None where it is no text.

        Raises:
            VaultError: There is no such field.
        """
        return picked(held.fields, self.want.field, str(spot))

    def knows_token(self) -> bool:
        """Whether the server still knows the token."""
        try:
            self.server.ask(
                "look the token up",
                lambda client: client.auth.token.lookup_self(),
                self.session.token,
            )
        except OutageError:
            raise
        except VaultError:
            return False
        return True

    def _longer(self, host: Host, kept: TokenRecord) -> Reading | None:
        """The kept key with a longer lease; None where it has none, or would gain little."""
        notes, value, now = notes_of(kept), kept.access_token, host.now()
        lease, token = notes.get("lease"), self.session.token
        # Another token's lease ends with that token, whatever is asked for it.
        mine = notes.get("token") == token.digest()
        if not lease or not mine or value is None or kept.lifetime is None:
            return None
        try:
            answer = self.server.ask(
                "renew the lease", lambda client: client.sys.renew_lease(lease), token
            )
        except OutageError:
            raise
        except VaultError:
            return None
        seconds = answer.get("lease_duration") or 0
        if seconds < kept.lifetime / 2:
            return None
        return Reading(value, self._end(Held(Extra(), seconds, lease), now), now, notes)

    def _end(self, held: Held, now: float) -> float | None:
        """The end of a secret: its own, or that of the token that it is leased to."""
        ends = [held.ends_at, now + held.seconds if held.seconds else None]
        if held.lease:
            ends.append(self.session.ends_at)
        return min((end for end in ends if end is not None), default=None)


def notes_of(kept: TokenRecord) -> Mapping[str, Any]:
    """What was noted beside a kept key."""
    notes = kept.extra.get("vault")
    return notes if isinstance(notes, dict) else {}
