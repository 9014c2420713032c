"""Private keys that sign JSON Web Tokens (RFC 7515, RFC 7519)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, final

from keyhole.errors import BrokenCredentialError
from keyhole.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

__all__ = ["SigningKey"]

_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
_PRIVATE = (*_PUBLIC, "d", "p", "q", "dp", "dq", "qi")
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BY_CURVE = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",)}


@final
class SigningKey:
    """An asymmetric private key with its algorithm (RFC 7518, section 3.1); it does not show.

    Args:
        key: The key, as joserfc has it.
        algorithm: "ES256", "RS256" or another that fits it.
        id: How whoever verifies tells it from others (`kid`); empty where it has no name.
    """

    __slots__ = ("__key", "algorithm", "id")

    def __init__(self, key: ECKey | RSAKey, algorithm: str, id: str = "") -> None:  # noqa: A002  # RFC 7517's word
        self.__key = key
        self.algorithm = algorithm
        self.id = id

    @classmethod
    def new(cls) -> SigningKey:
        """A new key for ES256."""
        from joserfc.jwk import ECKey

        return cls(ECKey.generate_key("P-256"), "ES256")

    @classmethod
    def parse(cls, text: Secret, *, where: str, algorithm: str = "") -> SigningKey:
        """A key that was kept as a text.

        Args:
            text: PEM without a password (PKCS #8, SEC 1, PKCS #1), or a JWK (RFC 7517).
            where: Where it is kept, for the error.
            algorithm: What it signs with; empty takes what the JWK says, or what is usual for
                such a key.

        Raises:
            BrokenCredentialError: It is no private EC or RSA key, or the algorithm is another
                kind's; nothing of it shows.
        """
        key, said = _loaded(text.reveal().strip())
        fitting = () if key is None else _algorithms(key)
        if key is None or not fitting:
            raise BrokenCredentialError(
                "this is no private EC or RSA key that can be read without a password",
                where=where,
                remedy="give a key as PEM (PKCS #8) or as a JWK: P-256, P-384, P-521 or RSA",
            )
        chosen = algorithm or said.get("alg") or fitting[0]
        if chosen not in fitting:
            raise BrokenCredentialError(
                "this key does not sign with the algorithm that is wanted",
                where=where,
                remedy=f"say {' or '.join(fitting)}, or give another key",
            )
        return cls(key, chosen, str(said.get("kid", "")))

    def sign(self, claims: Mapping[str, Any], *, header: Mapping[str, Any] | None = None) -> Secret:
        """A signed token in compact form.

        Args:
            claims: What it says.
            header: Header parameters beside `alg`; `typ` is "JWT" where they say no other.
        """
        from joserfc import jwt

        said = {"alg": self.algorithm, **(header or {})}
        return Secret(jwt.encode(said, dict(claims), self.__key, algorithms=[self.algorithm]))

    @property
    def public(self) -> Mapping[str, Any]:
        """The public JWK, with nothing but what makes the key."""
        whole: Mapping[str, Any] = self.__key.as_dict(private=False)
        return {name: whole[name] for name in _PUBLIC if name in whole}

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the public key in base64url (RFC 7638)."""
        return self.__key.thumbprint()

    def private(self) -> Secret:
        """The private JWK as JSON, for a token store; `parse` reads it."""
        names = {"alg": self.algorithm, "kid": self.id} if self.id else {"alg": self.algorithm}
        return Secret(json.dumps({**self.__key.as_dict(private=True), **names}))

    def __repr__(self) -> str:
        return f"SigningKey({self.algorithm})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key can't be pickled: pass on where it is kept instead")


def _loaded(text: str) -> tuple[ECKey | RSAKey | None, Mapping[str, Any]]:
    """The private key in a text, and what a JWK says of it; None, and no error that quotes it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from joserfc.errors import JoseError

    unusable = (JoseError, UnsupportedAlgorithm, ValueError, TypeError, LookupError, RecursionError)
    try:
        return _of_jwk(json.loads(text)) if text.startswith("{") else (_of_pem(text), {})
    except unusable:
        return None, {}


def _of_jwk(fields: Mapping[str, Any]) -> tuple[ECKey | RSAKey | None, Mapping[str, Any]]:
    from joserfc.jwk import ECKey, RSAKey

    kinds: Mapping[str, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    # `use` and `key_ops` stay out: they would refuse at the first signature, not now.
    parts = {name: fields[name] for name in _PRIVATE if name in fields}
    key = kinds[fields["kty"]].import_key(parts)
    return key if key.is_private else None, fields


def _of_pem(text: str) -> ECKey | RSAKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from joserfc.jwk import ECKey, RSAKey

    is_rsa = isinstance(load_pem_private_key(text.encode(), None), RSAPrivateKey)
    return RSAKey.import_key(text) if is_rsa else ECKey.import_key(text)


def _algorithms(key: ECKey | RSAKey) -> tuple[str, ...]:
    """What a key can sign with, the usual first."""
    return _RSA if key.key_type == "RSA" else _BY_CURVE.get(str(key.get("crv")), ())
