"""The extensions at a real authorization server: npm `oidc-provider`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jws import extract_compact

from components.authorization_server import REDIRECT, AuthorizationServer, authorization_server
from keyhole.errors import KeyholeError, OAuthError
from keyhole.host import RealHost
from keyhole.message import Request, Response
from keyhole.oauth.authorization import Authorization
from keyhole.oauth.client import Client
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.metadata import discover
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret
from keyhole_mcp.extensions.client_credentials import client_credentials, confidential
from keyhole_mcp.extensions.dpop import Prover, bound, resource_headers

pytestmark = pytest.mark.real

HOST = RealHost()
NATIVE = Client("native")


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that takes DPoP proofs, and wants no nonce in them."""
    with authorization_server() as started:
        yield started


@pytest.fixture(scope="module")
def wary() -> Iterator[AuthorizationServer]:
    """A server that wants its nonce in each proof."""
    with authorization_server(more=["--nonce"]) as started:
        yield started


def known(server: AuthorizationServer) -> ServerMetadata:
    """What the server says of itself."""
    return perform(discover(server.issuer), HOST)


def rsa_key() -> SigningKey:
    """A key as a file holds it."""
    key = rsa.generate_private_key(65537, 2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey.parse(Secret(text.decode()), where="the test")


def itself(
    server: AuthorizationServer,
    client_id: str,
    *,
    secret: Secret | None = None,
    key: SigningKey | None = None,
    prover: Prover | None = None,
) -> Grant:
    """A token for a client itself, bound where there is a prover."""
    metadata = known(server)
    client = confidential(metadata, client_id, secret=secret, key=key, now=HOST.now)
    flow = partial(
        client_credentials,
        metadata,
        client,
        resource=f"{server.issuer}/mcp",
        scope="mcp:read",
        now=HOST.now,
    )
    return perform(bound(flow, prover) if prover else flow(), HOST)


def with_key(server: AuthorizationServer, key: SigningKey) -> str:
    """The name of a client that is registered with a key's public part."""
    return str(
        server.register(
            grant_types=["client_credentials"],
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_signing_alg=key.algorithm,
            jwks={"keys": [{**key.public, "alg": key.algorithm, "use": "sig"}]},
        )["client_id"]
    )


@pytest.mark.parametrize("make", [SigningKey.new, rsa_key], ids=["ES256", "RS256"])
def test_a_client_with_a_key_gets_a_token_for_itself(
    server: AuthorizationServer, make: Callable[[], SigningKey]
) -> None:
    """The server verifies the assertion, and grants the scope for the resource."""
    key = make()
    grant = itself(server, with_key(server, key), key=key)
    assert grant.scope == "mcp:read"
    assert grant.refresh_token is None
    assert grant.token_type == "Bearer"


def test_another_key_gets_nothing(server: AuthorizationServer) -> None:
    """Who has not the key is not the client."""
    name = with_key(server, SigningKey.new())
    with pytest.raises(OAuthError) as caught:
        itself(server, name, key=SigningKey.new())
    assert caught.value.code == "invalid_client"


def test_a_client_with_a_secret_gets_a_token_for_itself(server: AuthorizationServer) -> None:
    """The secret goes the way that the server names first of ours."""
    assert itself(server, "confidential", secret=Secret("fake-secret")).scope == "mcp:read"


@pytest.mark.parametrize("kind", ["server", "wary"])
def test_key_and_proof_go_together(kind: str, request: pytest.FixtureRequest) -> None:
    """A client with a key gets a bound token, also where the server wants its nonce first."""
    at: AuthorizationServer = request.getfixturevalue(kind)
    key, prover = SigningKey.new(), Prover(SigningKey.new(), HOST.now)
    grant = itself(at, with_key(at, key), key=key, prover=prover)
    claims = json.loads(extract_compact(grant.access_token.reveal().encode()).payload)
    assert grant.token_type == "DPoP"
    assert claims["cnf"]["jkt"] == prover.key.thumbprint


# A person's login, bound to a key


def login(server: AuthorizationServer, prover: Prover) -> Grant:
    """A whole login whose tokens are bound to a key."""
    asked = Authorization(
        known(server),
        NATIVE,
        scope="openid offline_access",
        prompt="consent",
        extra={"dpop_jkt": prover.key.thumbprint},
    )
    begun = asked.begin(REDIRECT, now=HOST.now())
    code = begun.pending.redeem(server.agree(begun.url), now=HOST.now())
    return perform(bound(lambda: begun.pending.exchange(code, NATIVE, HOST.now), prover), HOST)


def refreshed(server: AuthorizationServer, grant: Grant, prover: Prover) -> Grant:
    """The next tokens."""
    token = grant.refresh_token
    assert token is not None
    endpoint = TokenEndpoint(server.token_endpoint, NATIVE, HOST.now)
    return perform(bound(lambda: endpoint.refresh(token), prover), HOST)


def user(server: AuthorizationServer, grant: Grant, prover: Prover) -> Response:
    """What a protected resource answers: here the server's own, about the person."""
    url = f"{server.issuer}/me"
    return HOST.send(Request(url, headers=resource_headers(prover, "GET", url, grant.access_token)))


def test_a_refresh_token_outlives_the_process_that_got_it(server: AuthorizationServer) -> None:
    """With the key out of its record the next tokens are got; with another key they are not."""
    first = Prover(SigningKey.new(), HOST.now)
    grant = login(server, first)
    kept = SigningKey.parse(first.key.private(), where="the record")
    again = refreshed(server, grant, Prover(kept, HOST.now))
    with pytest.raises(KeyholeError):
        refreshed(server, again, Prover(SigningKey.new(), HOST.now))
    said = server.introspect(again.access_token.reveal())
    assert said["cnf"]["jkt"] == first.key.thumbprint


def test_a_resource_takes_the_token_with_its_proof_and_not_without(
    server: AuthorizationServer,
) -> None:
    """The thief of a bound token has neither the key nor, with another key, a way in."""
    prover = Prover(SigningKey.new(), HOST.now)
    grant = login(server, prover)
    good = user(server, grant, prover)
    assert good.status == 200
    assert json.loads(good.body) == {"sub": "ada"}
    assert user(server, grant, Prover(SigningKey.new(), HOST.now)).status == 401
    plain = {"authorization": f"Bearer {grant.access_token.reveal()}"}
    assert HOST.send(Request(f"{server.issuer}/me", headers=plain)).status == 401


def test_a_nonce_is_learnt_from_token_endpoint_and_resource(wary: AuthorizationServer) -> None:
    """A login, a refresh and a resource request at a server that wants its nonce each time."""
    prover = Prover(SigningKey.new(), HOST.now)
    grant = refreshed(wary, login(wary, prover), prover)
    assert prover.nonce
    fresh = attrs.evolve(prover, nonce="")
    refused = user(wary, grant, fresh)
    assert (refused.status, fresh.heard(refused.headers)) == (401, True)
    assert user(wary, grant, fresh).status == 200
