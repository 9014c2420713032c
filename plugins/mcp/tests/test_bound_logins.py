"""A person's login whose tokens are bound to a key: the key lies in the record and outlives all."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from joserfc import jws

from keyhole.errors import LoginRequiredError, OAuthError
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.oauth.client import Client
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole.testing import HOME, FakeHost, agrees, fake_machine
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.session import Session

URL = "https://mcp.example/mcp"
ISSUER = "https://as.example"
CONFIG = f'[mcp."{URL}"]\nclient_id = "me"\n'
METADATA = {
    "issuer": ISSUER,
    "token_endpoint": f"{ISSUER}/token",
    "authorization_endpoint": f"{ISSUER}/authorize",
    "code_challenge_methods_supported": ["S256"],
    "dpop_signing_alg_values_supported": ["ES256", "RS256"],
}
FOUND = [{"resource": URL, "authorization_servers": [ISSUER]}, METADATA]


def answers(*documents: dict[str, Any], **headers: str) -> list[Response]:
    """What servers answer in JSON."""
    return [Response(200, headers, json.dumps(document).encode()) for document in documents]


def tokens(access: str, refresh: str, kind: str = "DPoP") -> dict[str, Any]:
    """A token response."""
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": kind,
        "expires_in": 600,
    }


@attrs.define
class World:
    """One user, whose processes come and go; a person is there."""

    host: FakeHost = attrs.field(factory=FakeHost)
    config: str = CONFIG

    def __attrs_post_init__(self) -> None:
        self.host.person = agrees

    def look(self) -> Machine:
        config = {HOME / ".config/keyhole/config.toml": self.config}
        return fake_machine(files={**config, **self.host.files})

    def process(self, challenge: str = "dpop") -> Session:
        """A process whose request was answered with a challenge of that scheme."""
        session = Session(
            URL,
            url=URL,
            look=self.look,
            host=self.host,
            account="",
            way=lambda machine: Way.of(machine, present=True),
        )
        if challenge:
            session.challenged(Challenge(challenge))
        return session

    def login(self, kind: str = "DPoP") -> Any:
        """The credential of a first sign-in."""
        self.host.responses += answers(*FOUND, tokens("first", "fake-refresh", kind))
        return self.process().holder.current()


def proof_of(request: Request) -> dict[str, Any]:
    """The proof in a request: its header and its claims."""
    opened = jws.extract_compact(request.headers["dpop"].encode())
    return {**opened.headers(), **json.loads(opened.payload)}


def test_the_code_is_asked_for_and_exchanged_with_the_key() -> None:
    """`dpop_jkt` in the browser's URL and the proof at the token endpoint are of one key."""
    world = World()
    credential = world.login()
    asked = parse_qs(urlsplit(world.host.opened[0]).query)
    assert asked["dpop_jkt"] == [credential.prover.key.thumbprint]
    assert proof_of(world.host.requests[-1])["jwk"] == dict(credential.prover.key.public)


def test_the_next_process_renews_with_the_same_key() -> None:
    """A refresh token that is bound to a key is of use after a restart: no browser opens again."""
    world = World()
    first = world.login()
    world.host.time += 700
    world.host.responses += answers(tokens("second", "fake-refresh-2"))
    second: Any = world.process(challenge="").holder.current()
    assert second.secret == Secret("second")
    assert second.prover.key.thumbprint == first.prover.key.thumbprint
    assert proof_of(world.host.requests[-1])["jwk"] == dict(first.prover.key.public)
    assert len(world.host.opened) == 1


def test_a_renewal_learns_the_nonce() -> None:
    """The authorization server may want its nonce at each refresh."""
    world = World()
    world.login()
    world.host.time += 700
    wants = Response(400, {"dpop-nonce": "n1"}, b'{"error": "use_dpop_nonce"}')
    world.host.responses += [wants, *answers(tokens("second", "fake-refresh-2"))]
    assert world.process(challenge="").holder.current().secret == Secret("second")
    assert proof_of(world.host.requests[-1])["nonce"] == "n1"


def test_a_token_that_is_not_bound_is_no_login() -> None:
    """Whoever was asked for a bound token and gives another one is not trusted with the next."""
    world = World()
    with pytest.raises(OAuthError) as caught:
        world.login("Bearer")
    assert caught.value.code == "unbound_token"
    with pytest.raises(LoginRequiredError):
        world.process(challenge="").holder.current()


def test_a_renewal_that_gives_a_plain_token_is_not_repeated() -> None:
    """The refresh token is spent by then: using it twice would end the whole login."""
    world = World()
    world.login()
    world.host.time += 700
    world.host.responses += answers(tokens("second", "fake-refresh-2", "Bearer"))
    with pytest.raises(OAuthError) as caught:
        world.process(challenge="").holder.current()
    assert caught.value.code == "unbound_token"


def test_a_bearer_challenge_binds_nothing() -> None:
    """Without a word of DPoP there is no key, no proof and no such field."""
    world = World()
    world.host.responses += answers(*FOUND, tokens("first", "fake-refresh", "Bearer"))
    credential = world.process("bearer").holder.current()
    assert credential.headers() == {"authorization": "Bearer first"}
    assert "dpop" not in world.host.requests[-1].headers
    assert "dpop_jkt" not in world.host.opened[0]


def test_proofs_are_dated_by_the_servers_clock() -> None:
    """A machine whose clock is an hour off makes proofs that the server takes for new."""
    world = World()
    ahead = {"date": "Fri, 15 Jan 2027 09:00:00 GMT"}
    world.host.responses += answers(*FOUND) + answers(tokens("first", "fake-refresh"), **ahead)
    credential: Any = world.process().holder.current()
    assert credential.prover.now() == pytest.approx(world.host.time + 3600)


def test_the_key_survives_the_record_and_does_not_show() -> None:
    """What is read back is the same key; neither record nor login shows it."""
    login = Login(
        issuer=ISSUER,
        client=Client("me"),
        resource=URL,
        account="",
        token_endpoint=f"{ISSUER}/token",
        revocation_endpoint="",
        indicator=URL,
        requested="",
        server=URL,
        dpop=SigningKey.new(),
    )
    record = TokenRecord.parse(login.onto(TokenRecord()).text(), where="the test")
    again = Login.of(record)
    assert again.dpop is not None
    assert login.dpop is not None
    assert again.dpop.thumbprint == login.dpop.thumbprint
    private = json.loads(login.dpop.private().reveal())["d"]
    assert private not in repr(record) + repr(again)
    assert private in record.text().reveal()
