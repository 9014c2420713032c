"""What a token store keeps under one key."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Self, final

from keyhole.errors import DamagedError
from keyhole.frozen import field, frozen
from keyhole.secret import Secret

__all__ = ["BEARER", "Attempt", "Extra", "TokenRecord"]

BEARER = "Bearer"
"""The type of most tokens (RFC 6750)."""


@final
class Extra(Mapping[str, Any]):
    """The fields of a record that the core does not know; they may be secrets, so they don't show.

    Args:
        fields: What JSON can hold.
    """

    __slots__ = ("__fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self.__fields = dict(fields or {})

    def __getitem__(self, name: str) -> Any:
        return self.__fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__fields)

    def __len__(self) -> int:
        return len(self.__fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extra) and self.__fields == other.__fields

    def __hash__(self) -> int:
        return hash(frozenset(self.__fields))

    def __repr__(self) -> str:
        return f"Extra({', '.join(sorted(self.__fields))})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a record can't be pickled: read it where it is needed")


@frozen
class Attempt:
    """A refresh that was begun and is not known to have ended.

    A server that rotates refresh tokens may have spent the one in the record already.

    Attributes:
        since: When it was begun, in seconds since the epoch by the clock of who began it.
        by: Who began it: "process 4711 on build-7".
    """

    since: float
    by: str


@frozen
class TokenRecord:
    """A token with all that renewing it needs; or another small secret, as `access_token`.

    Attributes:
        access_token: The token; None in a record that waits for its first one.
        refresh_token: What gets the next one (RFC 6749, section 1.5).
        token_type: How it is sent (RFC 6749, section 7.1).
        expires_at: Its end, in seconds since the epoch by the clock of who issued it.
        issued_at: Its beginning, by the same clock.
        scope: The granted scope, separated by spaces.
        attempt: A refresh that was begun and is not known to have ended.
        retry_at: Before this moment no refresh is tried again, in seconds since the epoch.
        dead: Why only a new login helps; empty while the record lives.
        extra: Everything else, whoever wrote it, under names that are none of the above: it
            survives a round trip.
    """

    access_token: Secret | None = None
    refresh_token: Secret | None = None
    token_type: str = BEARER
    expires_at: float | None = None
    issued_at: float | None = None
    scope: str = ""
    attempt: Attempt | None = None
    retry_at: float | None = None
    dead: str = ""
    extra: Extra = field(factory=Extra)

    @property
    def lifetime(self) -> float | None:
        """For how many seconds it was issued; None where that is not known."""
        if self.expires_at is None or self.issued_at is None:
            return None
        return self.expires_at - self.issued_at

    def text(self) -> Secret:
        """The record as the JSON text that stores keep."""
        known = {
            "access_token": self.access_token.reveal() if self.access_token else None,
            "refresh_token": self.refresh_token.reveal() if self.refresh_token else None,
            "token_type": None if self.token_type == BEARER else self.token_type,
            "expires_at": self.expires_at,
            "issued_at": self.issued_at,
            "scope": self.scope or None,
            "attempt": {"since": self.attempt.since, "by": self.attempt.by}
            if self.attempt
            else None,
            "retry_at": self.retry_at,
            "dead": self.dead or None,
        }
        said = {name: value for name, value in known.items() if value is not None}
        return Secret(json.dumps({**self.extra, "keyhole": 1, **said}, separators=(",", ":")))

    @classmethod
    def parse(cls, text: Secret, *, where: str) -> Self:
        """The record of a text that a store kept.

        Args:
            text: The text.
            where: Where it was kept, for the error.

        Raises:
            DamagedError: It is no record; nothing of it shows.
        """
        fields = _fields(text)
        problem = "it is not JSON, or was torn" if fields is None else _problem(fields)
        if fields is None or problem:
            raise DamagedError(
                f"what is kept here is no token record: {problem}",
                where=where,
                remedy="log in again, which replaces it; or remove it",
            )
        return cls(**_known(fields), extra=Extra(fields))


def _fields(text: Secret) -> dict[str, Any] | None:
    """The object in a text; None where there is none, and no error that would quote it."""
    try:
        fields = json.loads(text.reveal())
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _problem(fields: Mapping[str, Any]) -> str:
    if fields.get("keyhole") != 1:
        return "it was written by something else, or by a newer keyhole"
    for name, fits in _FIELDS.items():
        if name in fields and not fits(fields[name]):
            return f"its field {name} is not what it must be"
    return ""


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """Takes the known fields out of `fields`, as the record has them."""
    del fields["keyhole"]
    known = {name: fields.pop(name) for name in _FIELDS if name in fields}
    for name in ("access_token", "refresh_token"):
        if name in known:
            known[name] = Secret(known[name])
    if "attempt" in known:
        known["attempt"] = Attempt(known["attempt"]["since"], known["attempt"]["by"])
    return known


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_attempt(value: object) -> bool:
    return isinstance(value, dict) and _is_moment(value.get("since")) and _is_text(value.get("by"))


_FIELDS = {
    "access_token": _is_text,
    "refresh_token": _is_text,
    "token_type": _is_text,
    "expires_at": _is_moment,
    "issued_at": _is_moment,
    "scope": _is_text,
    "attempt": _is_attempt,
    "retry_at": _is_moment,
    "dead": _is_text,
}
