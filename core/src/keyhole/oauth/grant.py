"""What a token endpoint grants, checked; and what it refuses."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from keyhole.errors import InvalidGrantError, KeyholeError, NetworkError, OAuthError, ServerError
from keyhole.frozen import frozen
from keyhole.message import Response
from keyhole.record import BEARER, Extra, TokenRecord
from keyhole.redaction import printable, redact
from keyhole.renewal import Renewed
from keyhole.secret import Secret

__all__ = ["DENIED", "Grant", "fields_of", "granted", "refusal", "seconds_of"]

DENIED = "access_denied"
"""What a server answers where the person said no (RFC 6749, section 4.1.2.1; RFC 8628, 3.5)."""

_OK = 200
_SERVER_FAILED = 500
_LATER = (429, 503)
_WAIT = "try again later, or ask whoever runs the authorization server"
_LONGEST_LIFE = 10 * 365 * 86400.0
_WORDS = 300
_RESOLUTION = 1.0
"""Seconds that one `Date` stands for (RFC 9110, section 5.6.7)."""


@frozen
class Grant:
    """A successful token response (RFC 6749, section 5.1).

    Attributes:
        access_token: The token.
        refresh_token: What gets the next one; None where there is none, or no new one.
        token_type: "Bearer", or another type that was asked for.
        scope: The granted scope; None where it is the one that was asked for.
        issued_at: When, in seconds since the epoch: the server's clock where it told it.
        expires_in: Its lifetime in seconds; None where the server does not say.
        skew: How many seconds the server's clock is ahead of this one, 0.0 as far as anybody can
            tell that they agree; None where it did not tell.
        id_token: The ID token of OpenID Connect; not verified.
    """

    access_token: Secret
    issued_at: float
    refresh_token: Secret | None = None
    token_type: str = BEARER
    scope: str | None = None
    expires_in: float | None = None
    skew: float | None = None
    id_token: Secret | None = None

    def onto(self, record: TokenRecord) -> Renewed:
        """The record that follows another: what the server did not say stays as it was.

        RFC 6749, section 6: a refresh that gives no new refresh token leaves the old one good.
        """
        expires_at = None if self.expires_in is None else self.issued_at + self.expires_in
        return Renewed(
            TokenRecord(
                access_token=self.access_token,
                refresh_token=self.refresh_token or record.refresh_token,
                token_type=self.token_type,
                expires_at=expires_at,
                issued_at=self.issued_at,
                scope=record.scope if self.scope is None else self.scope,
                extra=Extra(record.extra),
            ),
            self.skew,
        )


def granted(response: Response, *, where: str, asked_at: float, now: float) -> Grant:
    """The grant in an answer.

    Args:
        response: The answer of a token endpoint.
        where: The endpoint, for errors.
        asked_at: The clock when it was asked, in seconds since the epoch.
        now: The clock when the answer came.

    Raises:
        InvalidGrantError: The code or refresh token is not valid, or no longer.
        NetworkError: The server is busy or broken, or its answer is none.
        OAuthError: The server refuses the request for another reason.
    """
    fields = fields_of(response)
    if response.status != _OK:
        raise refusal(response, fields, where=where)
    token = fields.get("access_token")
    kind = fields.get("token_type", BEARER)
    if not _is_token(token) or not isinstance(kind, str):
        raise NetworkError(
            "the answer grants no token (200 without a usable access_token)",
            where=where,
            remedy="ask whoever runs the authorization server",
        )
    date = _date(response)
    return Grant(
        access_token=Secret(str(token)),
        refresh_token=_secret(fields.get("refresh_token")),
        token_type=BEARER if kind.lower() == "bearer" else kind,
        scope=fields["scope"] if isinstance(fields.get("scope"), str) else None,
        issued_at=asked_at if date is None else date,
        expires_in=seconds_of(fields.get("expires_in")),
        skew=None if date is None else _ahead(date, asked_at, now),
        id_token=_secret(fields.get("id_token")),
    )


def refusal(response: Response, fields: Mapping[str, Any], *, where: str) -> KeyholeError:
    """The error for an answer that grants nothing (RFC 6749, section 5.2).

    Args:
        response: The answer.
        fields: Its JSON, empty where it is none.
        where: Who answered.
    """
    code = fields.get("error")
    code = printable(code) if isinstance(code, str) else ""
    said = _said(response.status, code, fields)
    if code == "invalid_grant" and response.status < _SERVER_FAILED:
        return InvalidGrantError(said, where=where, remedy="log in again")
    if response.status in _LATER or code in ("slow_down", "temporarily_unavailable"):
        return ServerError(said, where=where, remedy=_WAIT, retry_after=_retry_after(response))
    if response.status >= _SERVER_FAILED or not code or code == "server_error":
        # It may have done what it was asked for before it failed; and what has no code may be
        # the answer of some proxy.
        return NetworkError(said, where=where, remedy=_WAIT)
    if code == DENIED:
        return OAuthError(
            f"the login was denied: {said}",
            where=where,
            remedy="log in again, and agree",
            code=code,
        )
    return OAuthError(
        said,
        where=where,
        remedy="correct the client's registration, or ask whoever runs the authorization server",
        code=code,
    )


def _said(status: int, code: str, fields: Mapping[str, Any]) -> str:
    words = fields.get("error_description")
    told = f": {redact(printable(words))[:_WORDS]}" if code and isinstance(words, str) else ""
    return f"the server answered {code or 'nothing that is OAuth'}{told} (HTTP {status})"


def fields_of(response: Response) -> Mapping[str, Any]:
    """The object in the body; empty where there is none, and nothing of it shows."""
    try:
        fields = json.loads(response.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _is_token(text: object) -> bool:
    """Whether a text can be sent in a header (RFC 6750, section 2.1, and what servers issue)."""
    return isinstance(text, str) and bool(text) and text.isascii() and text.isprintable()


def _secret(text: object) -> Secret | None:
    return Secret(text) if isinstance(text, str) and text else None


def seconds_of(value: object) -> float | None:
    """A lifetime: a number, also where a server sends it as a text; None where it is nonsense."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return min(seconds, _LONGEST_LIFE) if seconds >= 0 else None


def _ahead(date: float, asked_at: float, now: float) -> float:
    """How many seconds a server's clock is ahead: the most that its answer allows, or 0.0.

    A `Date` has no parts of a second, and the answer was some time under way: clocks that may
    agree do. Where they can't, a token ends rather a moment early than one late.
    """
    least, most = date - now, date + _RESOLUTION - asked_at
    return 0.0 if least <= 0.0 <= most else most


def _date(response: Response) -> float | None:
    """The server's clock (RFC 9110, section 6.6.1), in seconds since the epoch."""
    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _retry_after(response: Response) -> float | None:
    """How many seconds the server asks to wait (RFC 9110, section 10.2.3)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), _LONGEST_LIFE)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - (_date(response) or 0.0))
    except (TypeError, ValueError, OverflowError):
        return None
