"""A signing key is read as it was kept, signs what anybody can verify, and never shows."""

from __future__ import annotations

import json
import pickle

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from keyhole.errors import BrokenCredentialError
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem(
    key: PrivateKeyTypes,
    *,
    layout: form.PrivateFormat = form.PrivateFormat.PKCS8,
    password: bytes = b"",
) -> Secret:
    """A key as a file holds it."""
    locked = form.BestAvailableEncryption(password) if password else form.NoEncryption()
    return Secret(key.private_bytes(form.Encoding.PEM, layout, locked).decode())


def parsed(text: Secret, algorithm: str = "") -> SigningKey:
    """The key in a text that somebody configured."""
    return SigningKey.parse(text, where="key.pem", algorithm=algorithm)


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (pem(EC), "ES256"),
        (pem(EC, layout=form.PrivateFormat.TraditionalOpenSSL), "ES256"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "ES384"),
        (pem(ec.generate_private_key(ec.SECP521R1())), "ES512"),
        (pem(RSA), "RS256"),
        (pem(RSA, layout=form.PrivateFormat.TraditionalOpenSSL), "RS256"),
        (Secret(json.dumps(RSAKey.import_key(pem(RSA).reveal()).as_dict(private=True))), "RS256"),
    ],
)
def test_each_usual_form_signs_with_its_usual_algorithm(text: Secret, algorithm: str) -> None:
    """PKCS #8, SEC 1, PKCS #1 and JWK are read, and the public part verifies what was signed."""
    key = parsed(text)
    kind = RSAKey if key.public["kty"] == "RSA" else ECKey
    public = kind.import_key(dict(key.public))
    token = jwt.decode(key.sign({"sub": "a"}).reveal(), public, algorithms=[algorithm])
    assert key.algorithm == algorithm
    assert token.claims == {"sub": "a"}
    assert token.header == {"alg": algorithm, "typ": "JWT"}


def test_another_fitting_algorithm_is_taken_from_the_caller_or_from_the_jwk() -> None:
    """The caller's word counts before the JWK's, and both before what is usual."""
    whole = RSAKey.import_key(pem(RSA).reveal()).as_dict(private=True)
    jwk = Secret(json.dumps({**whole, "alg": "PS256", "kid": "first", "use": "enc"}))
    assert parsed(jwk).algorithm == "PS256"
    assert parsed(jwk, "RS512").algorithm == "RS512"
    assert parsed(jwk).id == "first"
    assert parsed(jwk).sign({}).reveal()


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (pem(EC), "RS256"),
        (pem(EC), "ES384"),
        (pem(RSA), "none"),
        (pem(RSA), "HS256"),
        (Secret(json.dumps({**ECKey.generate_key("P-256").as_dict(private=True), "alg": 7})), ""),
    ],
)
def test_an_algorithm_of_another_kind_is_refused(text: Secret, algorithm: str) -> None:
    """What does not fit the key is an error that names what does."""
    with pytest.raises(BrokenCredentialError) as caught:
        parsed(text, algorithm)
    assert "key.pem" in str(caught.value)


public_pem = EC.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fake-secret-that-is-no-key",
        "{",
        "{}",
        '{"kty": ["EC"]}',
        '{"kty": "oct", "k": "ZmFrZQ"}',
        '{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "fake"}',
        json.dumps(dict(SigningKey.new().public)),
        public_pem.decode(),
        pem(ed25519.Ed25519PrivateKey.generate()).reveal(),
        pem(ec.generate_private_key(ec.SECP256K1())).reveal(),
        pem(EC, password=b"fake-password").reveal(),
        pem(EC).reveal()[:80],
    ],
    # Not the texts: those of keys differ from process to process.
    ids=range(13),
)
def test_what_is_no_private_key_is_refused_without_showing_it(text: str) -> None:
    """The error says where and what to do, and repeats nothing of the text."""
    with pytest.raises(BrokenCredentialError) as caught:
        parsed(Secret(text))
    assert "key.pem" in str(caught.value)
    assert not text or text not in str(caught.value)
    assert caught.value.__context__ is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_ends_in_another_error(text: str) -> None:
    """Whatever stands in a file: a key, or the one error for that."""
    for whole in (
        text,
        "{" + text,
        f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----",
    ):
        with pytest.raises(BrokenCredentialError):
            parsed(Secret(whole))


def test_a_key_survives_being_kept() -> None:
    """The private JWK that a store keeps is the same key again, with its algorithm and name."""
    key = SigningKey.new()
    again = SigningKey.parse(key.private(), where="the record")
    assert (again.thumbprint, again.algorithm) == (key.thumbprint, "ES256")
    named = SigningKey.parse(
        Secret(json.dumps({**json.loads(key.private().reveal()), "kid": "k1"})), where="the record"
    )
    assert SigningKey.parse(named.private(), where="the record").id == "k1"


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 9449's own example comes out (figures 2 and 7)."""
    public: dict[str, str | list[str]] = {
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    }
    key = SigningKey(ECKey.import_key(public), "ES256")
    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_no_two_keys_are_the_same_and_none_shows() -> None:
    """Neither repr nor the public part holds the private one, and pickling is refused."""
    first, second = SigningKey.new(), SigningKey.new()
    private = json.loads(first.private().reveal())["d"]
    assert first.thumbprint != second.thumbprint
    assert private not in repr(first)
    assert set(first.public) == {"kty", "crv", "x", "y"}
    with pytest.raises(TypeError):
        pickle.dumps(first)
