"""For how long a kept token can be used: by its end, this machine's clock and the issuer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from keyhole.freshness import Freshness, freshness
from keyhole.host import Host
from keyhole.index import Index
from keyhole.record import TokenRecord
from keyhole.secret import Secret

__all__ = ["Validity"]


@final
class Validity:
    """Judges the records of one key.

    Args:
        index: Knows how far the issuer's clock is ahead of this machine's.
        key: The key.
        host: The clock.
        renew_at: When a record is to be renewed early although it is good, in seconds since the
            epoch; None where only its end asks for that.
    """

    def __init__(
        self, index: Index, key: str, host: Host, renew_at: Callable[[TokenRecord], float | None]
    ) -> None:
        self._index = index
        self._key = key
        self._host = host
        self._renew_at = renew_at

    def ends_at(self, record: TokenRecord) -> float | None:
        """The end of a record by this machine's clock, in seconds since the epoch."""
        if record.expires_at is None:
            return None
        entry = self._index.get(self._key)
        return record.expires_at - (entry.skew if entry else 0.0)

    def freshness(self, record: TokenRecord | None, rejected: Secret | None) -> Freshness:
        """How near a record is to its end; what is missing or was rejected has reached it."""
        if record is None or record.access_token is None or record.access_token == rejected:
            return Freshness.MANDATORY
        now = self._host.now()
        state = freshness(self.ends_at(record), now, lifetime=record.lifetime)
        due = self._renew_at(record)
        early = state is Freshness.FRESH and due is not None and due <= now
        return Freshness.ADVISORY if early else state

    def is_usable(self, record: TokenRecord, rejected: Secret | None) -> bool:
        """Whether a record holds a token that has not ended and was not rejected."""
        ends_at = self.ends_at(record)
        good = record.access_token is not None and record.access_token != rejected
        return good and (ends_at is None or ends_at > self._host.now())

    def serves(
        self, record: TokenRecord, seen: TokenRecord | None, rejected: Secret | None
    ) -> bool:
        """Whether a record will do: a fresh one, or any that is newer than `seen` and usable."""
        newer = seen is None or record.access_token != seen.access_token
        return self.freshness(record, rejected) is Freshness.FRESH or (
            newer and self.is_usable(record, rejected)
        )
