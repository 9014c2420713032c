"""Proof Key for Code Exchange: only who began a login can end it."""

from __future__ import annotations

import secrets

from keyhole.frozen import frozen
from keyhole.secret import Secret

__all__ = ["METHOD", "Proof"]

METHOD = "S256"
"""The only method that is used: "plain" protects from nothing (RFC 9700, section 2.1.1)."""

_BYTES = 48
"""Of randomness: 64 characters, where RFC 7636, section 4.1, wants 43 to 128."""


@frozen
class Proof:
    """A verifier, which stays here, and its challenge, which goes out first (RFC 7636).

    Attributes:
        verifier: The secret that goes to the token endpoint only.
    """

    verifier: Secret

    @classmethod
    def new(cls) -> Proof:
        """A proof that nobody can guess."""
        return cls(Secret(secrets.token_urlsafe(_BYTES)))

    @property
    def challenge(self) -> str:
        """BASE64URL(SHA256(verifier)) (RFC 7636, section 4.2)."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        return str(create_s256_code_challenge(self.verifier.reveal()))  # type: ignore[no-untyped-call]  # Authlib has none
