"""A client proves who it is in the way it is registered for, and in no other."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keyhole.errors import OAuthError
from keyhole.oauth.assertion import ClientAssertion
from keyhole.oauth.client import BASIC, POST, PRIVATE_KEY_JWT, Client
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret
from keyhole.testing import NOW

ISSUER = "https://as.example"
KEY = SigningKey.new()
SECRET = Secret("fake client secret & more")


def asserting(key: SigningKey = KEY) -> Client:
    """A client with a key."""
    assertion = ClientAssertion("the client", ISSUER, key, lambda: NOW)
    return Client("the client", method=PRIVATE_KEY_JWT, assertion=assertion)


def sent(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the fields of a request for a token."""
    request = TokenEndpoint(f"{ISSUER}/token", client, lambda: NOW).request(grant_type="any")
    return dict(request.headers), dict(parse_qsl((request.body or b"").decode()))


def opened(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of an assertion whose signature is good."""
    public = ECKey.import_key(dict(KEY.public))
    token = jwt.decode(assertion, public, algorithms=["ES256"])
    return dict(token.header), dict(token.claims)


def test_a_public_client_only_says_its_name() -> None:
    """RFC 6749, section 3.2.1: `client_id` identifies a client that can't authenticate."""
    headers, fields = sent(Client("native"))
    assert fields == {"grant_type": "any", "client_id": "native"}
    assert "authorization" not in headers


def test_a_secret_goes_into_the_header_or_into_the_body_never_both() -> None:
    """Basic sends no field beside it; POST sends no header (RFC 6749, section 2.3)."""
    headers, fields = sent(Client("a:b", SECRET, BASIC))
    assert b64decode(headers["authorization"].removeprefix("Basic ")) == (
        b"a%3Ab:fake+client+secret+%26+more"
    )
    assert fields == {"grant_type": "any"}
    headers, fields = sent(Client("a:b", SECRET, POST))
    assert fields["client_secret"] == SECRET.reveal()
    assert "authorization" not in headers


def test_an_assertion_says_who_for_whom_and_until_when() -> None:
    """RFC 7523, section 3: `iss` and `sub` are the client, `aud` is the issuer, `exp` is near."""
    headers, fields = sent(asserting())
    header, claims = opened(fields.pop("client_assertion"))
    assert fields == {
        "grant_type": "any",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert "authorization" not in headers
    assert header == {"alg": "ES256", "typ": "JWT"}
    assert claims.pop("jti")
    assert claims == {
        "iss": "the client",
        "sub": "the client",
        "aud": ISSUER,
        "iat": int(NOW),
        "exp": int(NOW) + 300,
    }


def test_no_two_requests_carry_the_same_assertion() -> None:
    """A server may refuse a `jti` that it has seen (RFC 7523, section 3)."""
    client = asserting()
    first, second = (opened(sent(client)[1]["client_assertion"])[1]["jti"] for _ in range(2))
    assert first != second


def test_a_key_with_a_name_says_it() -> None:
    """`kid` is how a server finds the key among several (RFC 7515, section 4.1.4)."""
    named = SigningKey.parse(
        Secret(KEY.private().reveal().replace("{", '{"kid": "k1", ', 1)), where="the test"
    )
    assert opened(sent(asserting(named))[1]["client_assertion"])[0]["kid"] == "k1"


def test_a_client_without_a_name_names_none() -> None:
    """Where the grant says who asks, no field and no header does (RFC 7521, section 4.1)."""
    headers, fields = sent(Client(""))
    assert fields == {"grant_type": "any"}
    assert "authorization" not in headers


@pytest.mark.parametrize("method", [BASIC, POST, PRIVATE_KEY_JWT])
def test_a_client_that_has_nothing_to_prove_itself_with_sends_nothing(method: str) -> None:
    """A missing secret or key is an error before any request."""
    with pytest.raises(OAuthError) as caught:
        sent(Client("native", method=method))
    assert caught.value.code == "invalid_client"


def test_a_client_shows_neither_secret_nor_key() -> None:
    """What proves who it is stands in no repr."""
    assert "fake client" not in repr(Client("a", SECRET, BASIC))
    assert "ClientAssertion" not in repr(asserting())


@pytest.mark.parametrize("url", ["http://as.example/token", "https://ada@as.example/token", "as"])
def test_no_secret_goes_to_an_endpoint_that_is_not_protected(url: str) -> None:
    """Whoever named the token endpoint: it is https, or on this machine (RFC 6749, section 3.2)."""
    with pytest.raises(OAuthError, match="token_endpoint"):
        TokenEndpoint(url, Client("the client"), lambda: NOW).request(grant_type="any")
    TokenEndpoint("http://127.0.0.1:9/token", Client("me"), lambda: NOW).request(grant_type="any")
