"""A client that proves who it is with a key instead of a secret (RFC 7523, section 2.2)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from keyhole.frozen import field, frozen
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret

__all__ = ["ClientAssertion"]

LIFETIME = 300
"""Seconds that an assertion is good for: enough for a clock that is a few minutes off."""


@frozen
class ClientAssertion:
    """What a `Client` with the method "private_key_jwt" calls for each request.

    Attributes:
        client_id: The client: the token's `iss` and `sub`.
        audience: The authorization server's issuer, and nothing else: an assertion for one
            server's endpoint is of no use at another (draft-ietf-oauth-rfc7523bis, section 4).
        key: What signs.
        now: The clock, in seconds since the epoch.
    """

    client_id: str
    audience: str
    key: SigningKey
    now: Callable[[], float] = field(repr=False)

    def __call__(self) -> Secret:
        """A new assertion: no two have the same `jti`."""
        now = int(self.now())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": secrets.token_urlsafe(16),
        }
        return self.key.sign(claims, header={"kid": self.key.id} if self.key.id else {})
