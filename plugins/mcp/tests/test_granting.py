"""A server with a grant: no person is asked, each token serves all, and no secret strays."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import attrs
import pytest

from keyhole.cli import run
from keyhole.cli.world import World as CommandWorld
from keyhole.errors import BrokenCredentialError, KeyholeError, OAuthError, RefusedError
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.oauth.signing import SigningKey
from keyhole.oauth.way import Way
from keyhole.secret import Secret
from keyhole.testing import HOME, FakeHost, fake_machine
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.kept import keep_client_secret, keep_headers
from keyhole_mcp.session.session import Session

URL = "https://mcp.example/mcp"
ISSUER = "https://as.example"
SECRET = Secret("fake-client-secret")
CHALLENGE = Response(401, {"www-authenticate": 'Bearer scope="read"'})
NOTHING = Response(404)


def as_json(fields: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(status, body=json.dumps(fields).encode())


def server_of(issuer: str, **more: Any) -> Response:
    """An authorization server's metadata."""
    return as_json({"issuer": issuer, "token_endpoint": f"{issuer}/token", **more})


def resource(*issuers: str, **more: Any) -> Response:
    """The MCP server's metadata."""
    return as_json({"resource": URL, "authorization_servers": issuers or (ISSUER,), **more})


def token(text: str, **more: Any) -> Response:
    """A token response."""
    return as_json({"access_token": text, "token_type": "Bearer", "expires_in": 3600, **more})


ASKED = (CHALLENGE, resource(), server_of(ISSUER))
"""What the servers answer before a token can be asked for."""


@attrs.define
class World:
    """One user, whose configuration says this of the server; processes come and go."""

    said: dict[str, Any]
    host: FakeHost = attrs.field(factory=FakeHost)
    files: dict[str, str] = attrs.field(factory=dict)
    environ: dict[str, str] = attrs.field(factory=dict)

    def look(self) -> Machine:
        lines = [f"{name} = {json.dumps(value)}" for name, value in self.said.items()]
        config = "\n".join([f'[mcp."{URL}"]', *lines])
        files = {".config/keyhole/config.toml": config, **self.files}
        kept = dict(self.host.files)
        return fake_machine(self.environ, {**{HOME / n: t for n, t in files.items()}, **kept})

    def process(self) -> Session:
        """A process that uses the server, and has nobody to ask."""
        way: Callable[[Machine], Way] = lambda machine: Way.of(machine, present=False)  # noqa: E731
        return Session(URL, url=URL, look=self.look, host=self.host, account="", way=way)

    def token(self, *answers: Response) -> str:
        """What a new process sends, where the servers answer this."""
        self.host.responses += answers
        found = self.process().holder.current().secret.reveal()
        assert not self.host.responses
        return found

    @property
    def sent(self) -> dict[str, str]:
        """The fields of the last request."""
        return fields_of(self.host.requests[-1])


def fields_of(request: Request) -> dict[str, str]:
    """The fields in a request's body."""
    return dict(parse_qsl((request.body or b"").decode()))


def itself(**more: Any) -> World:
    """A client with a secret."""
    world = World({"grant": "client_credentials", "client_id": "me", **more})
    keep_client_secret(world.look(), world.host, URL, SECRET)
    return world


def kept(world: World) -> list[str]:
    """What the store holds of logins."""
    keys = [key for key in world.host.memory._records if key.startswith("mcp|")]
    records = [world.host.memory.read(key) for key in keys]
    return [record.text().reveal() for record in records if record]


def workload() -> World:
    """A workload whose platform writes its token to a file."""
    world = World({"grant": "workload_identity", "assertion_file": "~/token"})
    world.files["token"] = "fake.first.token"
    return world


# One token for everybody


def test_a_token_is_got_without_a_person_and_serves_the_next_process() -> None:
    """The first process asks the server what it wants, and the second asks nobody."""
    world = itself()
    assert world.token(*ASKED, token("first")) == "first"
    assert world.sent == {"grant_type": "client_credentials", "scope": "read", "resource": URL}
    assert world.token() == "first"


def test_the_next_token_is_got_with_one_request() -> None:
    """After its end, from the endpoint that was kept with it; no server is asked about itself."""
    world = itself()
    world.token(*ASKED, token("first", expires_in=600))
    world.host.time += 700
    assert world.token(token("second")) == "second"
    assert world.host.requests[-1].url == f"{ISSUER}/token"
    assert world.sent == {"grant_type": "client_credentials", "scope": "read", "resource": URL}


def test_a_refresh_token_that_was_not_wanted_is_not_kept() -> None:
    """RFC 6749, section 4.4.3, wants none; and a grant can be repeated without."""
    world = itself()
    world.token(*ASKED, token("first", refresh_token="fake-refresh-token", expires_in=600))
    assert "fake-refresh-token" not in "".join(kept(world))
    world.host.time += 700
    world.token(token("second"))
    assert world.sent["grant_type"] == "client_credentials"


def test_a_refused_token_is_replaced_by_a_new_one() -> None:
    """A 401 for a token that is not at its end asks for the next."""
    world = itself()
    session = world.process()
    world.host.responses += [*ASKED, token("first"), token("second")]
    session.holder.reject(session.holder.current())
    assert session.holder.current().secret == Secret("second")


def test_neither_secret_nor_key_lies_beside_the_token() -> None:
    """What proves the client stays where it is configured."""
    world = itself()
    world.token(*ASKED, token("first"))
    assert kept(world)
    assert SECRET.reveal() not in "".join(kept(world))


# On the command line


def command(world: World, *words: str, answers: tuple[Response, ...] = ()) -> int:
    """What a command ends with, where the servers answer this."""
    world.host.responses += answers
    code = run(["mcp", *words], CommandWorld(lambda **_: world.look(), world.host))
    assert not world.host.responses
    return code


def test_the_commands_need_no_person_either(capsys: pytest.CaptureFixture[str]) -> None:
    """`headers` gets the first token by itself, and `auth` gets another, with nobody there."""
    world = itself()
    assert command(world, "headers", URL, answers=(*ASKED, token("first"))) == 0
    assert json.loads(capsys.readouterr().out) == {"authorization": "Bearer first"}
    answers = (*ASKED, token("second"))
    assert command(world, "auth", URL, "--mode", "print", answers=answers) == 0
    assert "renewed in time" in capsys.readouterr().out
    assert command(world, "headers", URL) == 0
    assert json.loads(capsys.readouterr().out) == {"authorization": "Bearer second"}


def test_the_secret_at_the_identity_provider_is_kept_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It goes to the identity provider alone, and the server's client secret to the server's."""
    world = employee()
    idp = server_of("https://idp.example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("fake-idp-secret\n"))
        answers = (*ASKED, idp, as_json(JAG), token("first"))
        assert command(world, "auth", URL, "--idp-client-secret", answers=answers) == 0
    exchange, grant = world.host.requests[-2:]
    assert b64decode(exchange.headers["authorization"].split()[1]) == b"keyhole:fake-idp-secret"
    assert b64decode(grant.headers["authorization"].split()[1]) == b"me:fake-client-secret"
    assert "fake-idp-secret" not in "".join(capsys.readouterr())


def test_another_header_and_the_token_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    """A configured header that is no `Authorization` keeps no grant from its work."""
    world = itself()
    keep_headers(world.look(), world.host, URL, {"x-tenant": Secret("seven")})
    assert command(world, "headers", URL, answers=(*ASKED, token("first"))) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"x-tenant": "seven", "authorization": "Bearer first"}


def test_no_answer_of_a_browser_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """None was opened."""
    world, given = itself(), io.StringIO("https://localhost/?code=x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", given)
        assert command(world, "auth", URL, "--answer") == 2
    assert "no browser is opened" in capsys.readouterr().err


def test_explain_says_which_grant_serves(capsys: pytest.CaptureFixture[str]) -> None:
    """The chain, the keys that chose it, and no token."""
    world = itself(dpop=True)
    assert command(world, "explain", URL, answers=ASKED) == 0
    said = capsys.readouterr().out
    assert "client_credentials: no person is asked" in said
    assert "extension: dpop = true" in said
    assert "bound to a key" in said


# To whom


def test_another_authorization_server_than_the_configured_gets_nothing() -> None:
    """The MCP server may name any; what proves the client goes to `issuer` alone."""
    world = itself(issuer=ISSUER)
    with pytest.raises(OAuthError) as caught:
        world.token(CHALLENGE, resource("https://evil.example"), server_of("https://evil.example"))
    assert caught.value.code == "issuer_mismatch"
    assert all(request.url != "https://evil.example/token" for request in world.host.requests)


def test_a_person_is_sent_to_the_configured_authorization_server_alone() -> None:
    """`issuer` holds without a grant, too: no browser opens at another one."""
    world = World({"issuer": ISSUER, "client_id": "me"})
    evil = "https://evil.example"
    world.host.responses += [resource(evil), server_of(evil, authorization_endpoint=f"{evil}/a")]
    way: Callable[[Machine], Way] = lambda machine: Way.of(machine, present=True)  # noqa: E731
    session = Session(URL, url=URL, look=world.look, host=world.host, account="", way=way)
    session.challenged(Challenge("bearer"))
    with pytest.raises(OAuthError) as caught:
        session.holder.current()
    assert caught.value.code == "issuer_mismatch"
    assert not world.host.opened


def test_of_several_authorization_servers_the_configured_one_is_asked() -> None:
    """It need not be the first that the MCP server names."""
    world = itself(issuer=ISSUER)
    named = resource("https://other.example", ISSUER)
    assert world.token(CHALLENGE, named, server_of(ISSUER), token("first")) == "first"


def test_the_first_authorization_server_stays_the_one() -> None:
    """Without `issuer` a server that names another one later gets nothing either."""
    world = itself()
    world.token(*ASKED, token("first"))
    session = world.process()
    world.host.responses += [resource("https://evil.example"), server_of("https://evil.example")]
    held = session.holder.current()
    session.step_up(held, _wants("write"))
    with pytest.raises(OAuthError) as caught:
        session.holder.current()
    assert caught.value.code == "issuer_mismatch"


def test_more_scope_is_asked_for_without_a_person() -> None:
    """A step-up asks for what was asked before and for what is wanted now."""
    world = itself()
    session = world.process()
    world.host.responses += [*ASKED, token("first"), resource(), server_of(ISSUER), token("more")]
    session.step_up(session.holder.current(), _wants("write"))
    assert session.holder.current().secret == Secret("more")
    assert set(world.sent["scope"].split()) == {"read", "write"}


def _wants(scope: str) -> Challenge:
    return Challenge("bearer", {"error": "insufficient_scope", "scope": scope})


# A workload


def test_a_workloads_token_is_read_for_each_request() -> None:
    """The platform has changed the file meanwhile; nothing names a client, or is kept of it."""
    world = workload()
    session = world.process()
    world.host.responses += [*ASKED, token("first", expires_in=600), token("second")]
    session.holder.current()
    assert world.sent["assertion"] == "fake.first.token"
    assert "client_id" not in world.sent
    world.files["token"] = "fake.second.token\n"
    world.host.time += 700
    assert session.holder.current().secret == Secret("second")
    assert world.sent["assertion"] == "fake.second.token"


def test_a_refused_assertion_is_sent_once_and_the_next_one_is_tried_all_the_same() -> None:
    """No retry and no other grant after a refusal; and a new token of the platform's may do."""
    world = workload()
    refusal = as_json({"error": "invalid_grant"}, 400)
    world.token(*ASKED, token("first", expires_in=600))
    world.host.time += 700
    with pytest.raises(OAuthError) as caught:
        world.token(refusal)
    assert caught.value.code == "invalid_grant"
    assert [fields_of(one).get("grant_type") for one in world.host.requests].count(
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    ) == 2
    assert world.token(token("second")) == "second"


def test_a_job_of_github_asks_for_its_token_with_the_issuer_as_audience() -> None:
    """Without a file the job's own endpoint is asked, and only its token goes on."""
    world = World({"grant": "workload_identity"})
    world.environ = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://actions.example/?v=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "fake-request-token",
    }
    world.token(*ASKED, as_json({"value": "fake.job.token"}), token("first"))
    assert "audience=https%3A%2F%2Fas.example" in world.host.requests[-2].url
    assert world.sent["assertion"] == "fake.job.token"
    assert "fake-request-token" not in str(world.sent)


# An employee


JAG = {
    "access_token": "fake.id.jag",
    "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag",
    "token_type": "N_A",
}


def employee(**more: Any) -> World:
    """An employee whose ID token lies in a file."""
    said = {"idp": "https://idp.example", "idp_client_id": "keyhole", "idp_token_file": "~/id"}
    world = itself(**said, **more)
    world.said["grant"] = "enterprise_managed"
    world.files["id"] = "fake.id.token"
    return world


def test_an_employee_needs_two_legs_and_keeps_nothing_of_the_first() -> None:
    """The identity provider sees the ID token, the server's authorization server the ID-JAG."""
    world = employee()
    idp = server_of("https://idp.example")
    assert world.token(*ASKED, idp, as_json(JAG), token("first")) == "first"
    exchange, grant = (fields_of(request) for request in world.host.requests[-2:])
    assert (exchange["subject_token"], exchange["client_id"]) == ("fake.id.token", "keyhole")
    assert (exchange["audience"], exchange["resource"]) == (ISSUER, URL)
    assert grant["assertion"] == "fake.id.jag"
    assert "authorization" in world.host.requests[-1].headers


# What is missing


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({"grant": "client_credentials"}, "client_id"),
        ({"grant": "workload_identity"}, "assertion_file"),
        ({"grant": "enterprise_managed", "client_id": "me"}, "idp"),
        ({"grant": "client_credentials", "client_id": "me", "private_key": "~/none"}, "does not"),
    ],
)
def test_what_is_not_configured_is_said(said: dict[str, Any], missing: str) -> None:
    """The error names the key, and no token is asked for."""
    world = World(said)
    if said["grant"] == "enterprise_managed":
        keep_client_secret(world.look(), world.host, URL, SECRET)
    with pytest.raises(BrokenCredentialError, match=missing):
        world.token(*ASKED)
    assert all("token" not in request.url for request in world.host.requests)


def test_a_key_serves_instead_of_a_secret() -> None:
    """The key's file is read, and its assertion is for the issuer."""
    world = itself(private_key="~/key.json")
    world.files["key.json"] = SigningKey.new().private().reveal()
    world.token(*ASKED, token("first", expires_in=600))
    assert "client_assertion" in world.sent
    assert SECRET.reveal() not in str(world.sent)
    world.host.time += 700
    world.token(token("second"))
    assert "client_assertion" in world.sent


# Tokens that are bound to a key


BOUND = (
    Response(401, {"www-authenticate": "DPoP"}),
    resource(),
    server_of(ISSUER, dpop_signing_alg_values_supported=["ES256"]),
)


def test_a_server_that_speaks_of_dpop_gets_bound_tokens() -> None:
    """The challenge's scheme is enough; the key outlives the process, and signs the next request."""
    world = itself()
    world.host.responses += [*BOUND, token("first", token_type="DPoP", expires_in=600)]
    first: Any = world.process().holder.current()
    assert "dpop" in world.host.requests[-1].headers
    world.host.time += 700
    world.host.responses += [token("second", token_type="DPoP")]
    second: Any = world.process().holder.current()
    assert second.prover.key.thumbprint == first.prover.key.thumbprint
    assert second.secret == Secret("second")


def test_metadata_may_demand_bound_tokens_too() -> None:
    """`dpop_bound_access_tokens_required` (RFC 9728, section 2) counts as the challenge does."""
    world = itself()
    metadata = resource(dpop_bound_access_tokens_required=True)
    world.token(CHALLENGE, metadata, server_of(ISSUER), token("first", token_type="DPoP"))
    assert "dpop" in world.host.requests[-1].headers


def test_a_user_may_demand_bound_tokens_and_then_takes_no_other() -> None:
    """`dpop = true`: a token that anybody could use is refused, and not kept."""
    world = itself(dpop=True)
    with pytest.raises(OAuthError) as caught:
        world.token(*ASKED, token("first"))
    assert caught.value.code == "unbound_token"
    with pytest.raises(KeyholeError):
        world.token(*ASKED, token("first"))


def test_an_authorization_server_without_our_algorithm_is_asked_for_nothing() -> None:
    """A proof that it can't check is not sent."""
    world = itself(dpop=True)
    other = server_of(ISSUER, dpop_signing_alg_values_supported=["RS256"])
    with pytest.raises(OAuthError) as caught:
        world.token(CHALLENGE, resource(), other)
    assert caught.value.code == "no_dpop"


def test_a_bound_token_is_no_fixed_header() -> None:
    """`keyhole mcp headers` can't print one: each request needs a proof of its own."""
    world = itself()
    world.host.responses += [*BOUND, token("first", token_type="DPoP")]
    credential = world.process().holder.current()
    for use in (credential.headers, credential.child_env):
        with pytest.raises(RefusedError) as caught:
            use()
        assert "first" not in str(caught.value)
    assert "first" not in repr(credential)
