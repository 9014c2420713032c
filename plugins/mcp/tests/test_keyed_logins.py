"""A person signs in with a client that proves itself with a key: the key stays in its file."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import attrs
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keyhole.cli import run
from keyhole.cli.world import World as CommandWorld
from keyhole.errors import BrokenCredentialError, OAuthError
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.way import Way
from keyhole.testing import HOME, FakeHost, agrees, fake_machine
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.session.session import Session

URL = "https://mcp.example/mcp"
ISSUER = "https://as.example"
DOCUMENT = "https://keyhole.example/client.json"
KEY = SigningKey.new()
METADATA = {
    "issuer": ISSUER,
    "token_endpoint": f"{ISSUER}/token",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "authorization_endpoint": f"{ISSUER}/authorize",
    "code_challenge_methods_supported": ["S256"],
    "client_id_metadata_document_supported": True,
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
}
TOKEN = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 600}


@attrs.define
class World:
    """A user with a key in a file."""

    said: dict[str, str] = attrs.field(factory=lambda: {"client_id": "me"})
    host: FakeHost = attrs.field(factory=FakeHost)
    key: str = attrs.field(factory=lambda: KEY.private().reveal())

    def __attrs_post_init__(self) -> None:
        self.host.person = agrees

    def look(self, **_: Any) -> Machine:
        lines = [f'{name} = "{value}"' for name, value in self.said.items()]
        config = "\n".join([f'[mcp."{URL}"]', 'private_key = "~/key.json"', *lines])
        files = {HOME / ".config/keyhole/config.toml": config, HOME / "key.json": self.key}
        return fake_machine(files={**files, **self.host.files})

    def signed_in(self, **metadata: Any) -> Session:
        """A process after its first sign-in, at a server that says this."""
        resource = {"resource": URL, "authorization_servers": [ISSUER]}
        self.answer(resource, {**METADATA, **metadata}, TOKEN)
        session = Session(
            URL,
            url=URL,
            look=self.look,
            host=self.host,
            account="",
            way=lambda machine: Way.of(machine, present=True),
        )
        session.challenged(Challenge("bearer"))
        session.holder.current()
        return session

    def answer(self, *documents: dict[str, Any]) -> None:
        """What the servers answer next."""
        self.host.responses += [Response(200, {}, json.dumps(one).encode()) for one in documents]


def assertion_in(request: Request) -> dict[str, Any]:
    """What the client's assertion in a request says, whose signature is the key's."""
    fields = dict(parse_qsl((request.body or b"").decode()))
    assert "client_id" not in fields
    public = ECKey.import_key(dict(KEY.public))
    return dict(jwt.decode(fields["client_assertion"], public, algorithms=["ES256"]).claims)


@pytest.mark.parametrize(
    ("said", "client"),
    [({"client_id": "me"}, "me"), ({"client_metadata_url": DOCUMENT}, DOCUMENT)],
)
def test_13_the_code_is_exchanged_with_the_key(said: dict[str, str], client: str) -> None:
    """For a client that was registered beforehand, and for one that a document describes."""
    world = World(said)
    world.signed_in()
    assert parse_qs(urlsplit(world.host.opened[0]).query)["client_id"] == [client]
    claims = assertion_in(world.host.requests[-1])
    assert (claims["sub"], claims["aud"]) == (client, ISSUER)


def test_so_are_refresh_and_revocation_and_the_key_is_kept_nowhere() -> None:
    """Each request has an assertion of its own; the store holds none, and no key."""
    world = World()
    session = world.signed_in()
    world.host.time += 700
    world.answer({**TOKEN, "access_token": "b"})
    session.holder.current()
    first = assertion_in(world.host.requests[-1])
    records = [world.host.memory.read(key) for key in world.host.memory._records]
    kept = "".join(record.text().reveal() for record in records if record)
    assert '"private_key_jwt"' in kept
    world.host.responses += [Response(200), Response(200)]
    assert run(["mcp", "logout", URL], CommandWorld(world.look, world.host)) == 0
    assert world.host.requests[-1].url == f"{ISSUER}/revoke"
    second = assertion_in(world.host.requests[-1])
    assert first["jti"] != second["jti"]
    assert json.loads(world.key)["d"] not in kept


def test_a_server_that_takes_no_key_is_not_signed_in_to() -> None:
    """No browser opens for a client that could not prove itself afterwards."""
    world = World()
    with pytest.raises(OAuthError) as caught:
        world.signed_in(token_endpoint_auth_methods_supported=["client_secret_basic"])
    assert caught.value.code == "invalid_client"
    assert not world.host.opened


def test_a_broken_key_is_said_with_its_file() -> None:
    """Before a browser opens; nothing of the file shows."""
    world = World(key="fake-secret-that-is-no-key")
    with pytest.raises(BrokenCredentialError) as caught:
        world.signed_in()
    assert "key.json" in caught.value.where
    assert "fake-secret" not in str(caught.value)
    assert not world.host.opened
