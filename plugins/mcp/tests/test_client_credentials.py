"""A program gets a token for itself, and proves who it is in a way that the server takes."""

from __future__ import annotations

from urllib.parse import parse_qsl

import attrs
import pytest

from keyhole.errors import OAuthError
from keyhole.message import Response
from keyhole.oauth.client import BASIC, POST, PRIVATE_KEY_JWT, Client
from keyhole.oauth.flow import perform
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost
from keyhole_mcp.extensions.client_credentials import client_credentials, confidential

SERVER = ServerMetadata("https://as.example", "https://as.example/token")
SECRET = Secret("fake-client-secret")
KEY = SigningKey.new()


def method(offered: tuple[str, ...] | None, *, key: SigningKey | None = None) -> str:
    """How a client proves itself at a server that offers this."""
    server = attrs.evolve(SERVER, token_endpoint_auth_methods_supported=offered)
    secret = None if key else SECRET
    return confidential(server, "me", secret=secret, key=key, now=lambda: NOW).method


def test_a_secret_goes_the_way_that_the_server_takes() -> None:
    """Basic where it is offered or nothing is said, POST where only that is."""
    assert method(None) == BASIC
    assert method((POST, BASIC)) == BASIC
    assert method((POST, PRIVATE_KEY_JWT)) == POST


def test_a_key_wins_over_a_secret() -> None:
    """Where both are configured, the secret stays at home."""
    client = confidential(SERVER, "me", secret=SECRET, key=KEY, now=lambda: NOW)
    assert client.method == PRIVATE_KEY_JWT
    assert client.secret is None


@pytest.mark.parametrize(
    ("offered", "key"),
    [(("none",), None), ((PRIVATE_KEY_JWT,), None), ((BASIC, POST), KEY), ((), KEY)],
)
def test_a_server_that_takes_no_such_proof_gets_none(
    offered: tuple[str, ...], key: SigningKey | None
) -> None:
    """Neither key nor secret is used in a way that the server does not name."""
    with pytest.raises(OAuthError) as caught:
        method(offered, key=key)
    assert caught.value.code == "invalid_client"
    assert SECRET.reveal() not in str(caught.value)


def test_a_client_with_nothing_to_prove_itself_asks_nobody() -> None:
    """Without key and secret no request is made."""
    with pytest.raises(OAuthError, match="neither a key nor a secret"):
        confidential(SERVER, "me", secret=None, key=None, now=lambda: NOW)


def test_the_request_says_grant_resource_and_scope() -> None:
    """RFC 6749, section 4.4.2, with the resource of RFC 8707; what is empty is left out."""
    host = FakeHost()
    for resource, scope in (("https://mcp.example/mcp", "a b"), ("", "")):
        host.responses += [Response(200, body=b'{"access_token": "fake", "expires_in": 60}')]
        flow = client_credentials(
            SERVER, Client("me", SECRET, POST), resource=resource, scope=scope, now=host.now
        )
        grant = perform(flow, host)
        assert grant.access_token == Secret("fake")
        assert grant.refresh_token is None
    first, second = (dict(parse_qsl((one.body or b"").decode())) for one in host.requests)
    assert first == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "resource": "https://mcp.example/mcp",
        "client_id": "me",
        "client_secret": SECRET.reveal(),
    }
    assert set(first) - set(second) == {"scope", "resource"}
