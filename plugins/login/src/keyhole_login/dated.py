"""Keeping the date of a setup token: under its digest, and never the token."""

from __future__ import annotations

from keyhole import Host, Machine, Secret
from keyhole.frozen import frozen
from keyhole.setup_token import KIND, SetupToken, setup_token

__all__ = ["Dated", "keep"]


@frozen
class Dated:
    """A token's date as it is kept now.

    Attributes:
        token: The date, and what follows from it.
        ending: The last characters, for people to tell tokens apart.
        known: Whether the date had been kept before, and stays.
    """

    token: SetupToken
    ending: str
    known: bool


def keep(machine: Machine, host: Host, value: Secret, made_at: float | None) -> Dated:
    """Keeps the date of a token; a token that is known keeps its date unless another is said.

    Args:
        machine: The machine.
        host: What writes.
        value: The token.
        made_at: When it was made, in seconds since the epoch; None says now, if it is new.

    Raises:
        RecordError: It can't be written.
    """
    known = setup_token(machine, value)
    if known and made_at is None:
        return Dated(known, value.ending(), known=True)
    now = host.now()
    day = round(now if made_at is None else made_at)
    machine.records(KIND).write(host, value.digest(), {"made_at": day, "ending": value.ending()})
    return Dated(SetupToken(day, now), value.ending(), known=False)
