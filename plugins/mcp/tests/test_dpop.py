"""A bound token travels with a proof for each request, and a thief of one has nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from keyhole.errors import InvalidGrantError, NetworkError, OAuthError
from keyhole.message import Request, Response
from keyhole.oauth.assertion import ClientAssertion
from keyhole.oauth.client import PRIVATE_KEY_JWT, Client
from keyhole.oauth.flow import Flow, perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost
from keyhole_mcp.extensions.dpop import Prover, bound, resource_headers

URL = "https://as.example/token"
KEY = SigningKey.new()
TOKEN = Secret("fake-access-token")
BOUND = Response(200, body=b'{"access_token": "fake", "token_type": "dpop"}')
NONCE = Response(400, {"dpop-nonce": "n1"}, b'{"error": "use_dpop_nonce"}')


def prover(nonce: str = "") -> Prover:
    """Who proves, with the test's key."""
    return Prover(KEY, lambda: NOW, nonce)


def opened(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a proof, whose signature is that of the key in it."""
    jwk = jws.extract_compact(proof.encode()).headers()["jwk"]
    token = jwt.decode(proof, ECKey.import_key(jwk), algorithms=["ES256"])
    return dict(token.header), dict(token.claims)


def flow(host: FakeHost, client: Client | None = None) -> Flow[Grant]:
    """A flow that knows nothing of proofs."""
    return TokenEndpoint(URL, client or Client("me"), host.now).client_credentials()


def bound_with(host: FakeHost, *answers: Response, nonce: str = "") -> Grant:
    """What comes of it with proofs, at a server that answers this."""
    host.responses += answers
    return perform(bound(lambda: flow(host), prover(nonce)), host)


def claims_of(request: Request) -> dict[str, Any]:
    """What the proof in a request says."""
    return opened(request.headers["dpop"])[1]


# Proofs


def test_a_proof_says_which_request_it_is_for() -> None:
    """RFC 9449, section 4.2: type, public key, method, URL without query, time; no private part."""
    header, claims = opened(prover().proof("POST", "https://mcp.example/mcp?session=1#there"))
    assert header == {"alg": "ES256", "typ": "dpop+jwt", "jwk": dict(KEY.public)}
    assert "d" not in header["jwk"]
    assert claims.pop("jti")
    assert claims == {"htm": "POST", "htu": "https://mcp.example/mcp", "iat": int(NOW)}


def test_a_proof_for_a_resource_holds_the_tokens_digest() -> None:
    """`ath` ties the proof to the token, and the scheme is DPoP (section 7.1)."""
    headers = resource_headers(prover("n1"), "GET", "https://mcp.example", TOKEN)
    digest = urlsafe_b64encode(sha256(b"fake-access-token").digest()).rstrip(b"=").decode()
    _, claims = opened(headers["dpop"])
    assert headers["authorization"] == "DPoP fake-access-token"
    assert (claims["ath"], claims["nonce"], claims["htu"]) == (digest, "n1", "https://mcp.example/")


def test_no_two_proofs_are_the_same() -> None:
    """Each has a `jti` of its own: a server refuses one that it has seen (section 11.1)."""
    one = prover()
    proofs = [opened(one.proof("GET", URL))[1]["jti"] for _ in range(20)]
    assert len(set(proofs)) == 20


@settings(deadline=None)
@given(st.text())
def test_only_a_sound_nonce_is_taken(nonce: str) -> None:
    """What a server sends as a nonce is printable ASCII and short, or it changes nothing."""
    one = prover("old")
    sound = nonce.isascii() and nonce.isprintable() and 0 < len(nonce) <= 1024 and nonce != "old"
    assert one.heard({"dpop-nonce": nonce}) is sound
    assert one.nonce == (nonce if sound else "old")


def test_neither_key_nor_nonce_shows() -> None:
    """What a prover holds stands in no repr."""
    assert "secret-nonce" not in repr(prover("secret-nonce"))
    assert json.loads(KEY.private().reveal())["d"] not in repr(prover())


# Flows


def test_a_bound_flow_proves_each_request_and_is_else_the_same() -> None:
    """The body is the inner flow's, and the token's type says how it is sent."""
    host = FakeHost()
    grant = bound_with(host, BOUND)
    (request,) = host.requests
    assert grant.token_type == "DPoP"
    assert dict(parse_qsl((request.body or b"").decode())) == {
        "grant_type": "client_credentials",
        "client_id": "me",
    }
    assert claims_of(request).items() >= {"htm": "POST", "htu": URL}.items()
    assert "ath" not in claims_of(request)


def test_a_server_that_wants_its_nonce_gets_it() -> None:
    """`use_dpop_nonce` begins the flow once more (section 8), with another proof."""
    host = FakeHost()
    bound_with(host, NONCE, BOUND)
    first, second = (claims_of(request) for request in host.requests)
    assert "nonce" not in first
    assert second["nonce"] == "n1"
    assert first["jti"] != second["jti"]


def test_a_clients_own_assertion_is_new_in_the_second_request() -> None:
    """What a server has seen once it may refuse: the assertion is signed again, too."""
    host = FakeHost()
    host.responses += [NONCE, BOUND]
    assertion = ClientAssertion("me", "https://as.example", KEY, host.now)
    client = Client("me", method=PRIVATE_KEY_JWT, assertion=assertion)
    perform(bound(lambda: flow(host, client), prover()), host)
    first, second = (
        dict(parse_qsl((request.body or b"").decode()))["client_assertion"]
        for request in host.requests
    )
    assert first != second


def test_a_nonce_from_a_good_answer_is_used_next() -> None:
    """A server may give the next one with any answer (section 8.2)."""
    host, one = FakeHost(), prover("n0")
    host.responses += [Response(200, {"dpop-nonce": "n1"}, BOUND.body), BOUND]
    for _ in range(2):
        perform(bound(lambda: flow(host), one), host)
    assert [claims_of(request)["nonce"] for request in host.requests] == ["n0", "n1"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([Response(400, {}, NONCE.body)], "use_dpop_nonce"),
        ([NONCE, NONCE], "use_dpop_nonce"),
        ([Response(400, {}, b'{"error": "invalid_dpop_proof"}')], "invalid_dpop_proof"),
        ([Response(200, {}, b'{"access_token": "x", "token_type": "Bearer"}')], "unbound_token"),
        ([Response(200, {}, b'{"access_token": "x"}')], "unbound_token"),
    ],
)
def test_a_refusal_is_final_and_so_is_a_token_that_is_not_bound(
    answers: list[Response], code: str
) -> None:
    """No nonce, the same nonce again, a refused proof, a plain token: an error and no more requests."""
    host = FakeHost()
    with pytest.raises(OAuthError) as caught:
        bound_with(host, *answers)
    assert caught.value.code == code
    assert len(host.requests) == len(answers)


def test_other_errors_pass_through() -> None:
    """An `invalid_grant`, and a server that can't be reached, are what they are without proofs."""
    with pytest.raises(InvalidGrantError):
        bound_with(FakeHost(), Response(400, {}, b'{"error": "invalid_grant"}'))

    class Unreachable:
        def wait(self, seconds: float) -> None:
            raise AssertionError(seconds)

        def send(self, request: Request) -> Response:
            raise NetworkError("nobody is there", where=request.url)

    with pytest.raises(NetworkError, match="nobody"):
        perform(bound(lambda: flow(FakeHost()), prover()), Unreachable())
