"""The source `oauth-login`: what the index says, and a token that is renewed where it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from keyhole import Absent, Broken, CredentialSource, Found, Machine, Secret
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import LoginRequiredError, StoreError
from keyhole.message import Response
from keyhole.oauth.grant import Grant
from keyhole.record import TokenRecord
from keyhole.renewal import UnsavedTokenWarning
from keyhole.stores.memory import _MemorySlot
from keyhole.testing import CANARY, NOW, Example, FakeHost, SourceContract, fake_machine
from keyhole_login.configured import configured
from keyhole_login.kept import forget, keep
from keyhole_login.oauth_login import OAuthLogin

CONFIG = ".config/keyhole/config.toml"
ISSUER = "https://id.example"
SERVER = f'[login]\nissuer = "{ISSUER}"\nclient_id = "keyhole"\n'
GATEWAY = 'base_url = "https://gateway.example"\n'
ENDPOINTS = {
    "token_endpoint": f"{ISSUER}/token",
    "revocation_endpoint": f"{ISSUER}/revoke",
}


def machine(config: str, host: FakeHost | None = None, **environ: str) -> Machine:
    """A machine with this configuration, and the index that a host wrote."""
    written: Mapping[Any, Any] = host.files if host else {}
    return fake_machine(environ, {**written, CONFIG: config})


def granted(**fields: Any) -> Grant:
    """What a server grants for an hour."""
    given = {"access_token": Secret(f"fake-1-{CANARY}"), "refresh_token": Secret("fake-refresh-1")}
    return Grant(**{**given, "issued_at": NOW, "expires_in": 3600.0, **fields})


def logged_in(config: str = SERVER + GATEWAY, **fields: Any) -> tuple[FakeHost, Machine]:
    """A host that keeps a login, and the machine as it is then."""
    host, before = FakeHost(), machine(config)
    server = configured(before)
    assert server
    keep(before, server, host, granted(**fields), ENDPOINTS)
    return host, machine(config, host)


def answer(**fields: Any) -> Response:
    """What a token endpoint answers."""
    return Response(200, {}, json.dumps({"token_type": "Bearer", **fields}).encode())


class TestOAuthLogin(SourceContract):
    def source(self) -> CredentialSource:
        return OAuthLogin()

    def examples(self) -> Mapping[str, Example]:
        return {
            "not configured": Example(fake_machine(), Absent),
            "logged in": Example(logged_in()[1], Found),
            "not logged in": Example(machine(SERVER + GATEWAY), Broken),
            "without a client": Example(machine(f'[login]\nissuer = "{ISSUER}"\n'), Broken),
            "without a gateway": Example(logged_in(SERVER)[1], Broken),
            "half the endpoints": Example(
                machine('[login]\ntoken_endpoint = "https://a.test/t"\nclient_id = "x"'), Broken
            ),
            "ended": Example(logged_in(expires_in=0.0, refresh_token=None)[1], Broken),
            "for a URL with a password": Example(
                machine(SERVER, ANTHROPIC_BASE_URL=f"https://a:{CANARY}@b.test"), Broken
            ),
        }


def test_a_server_without_a_login_wins_as_broken() -> None:
    """Who configured a server is told to log in, and is not given another account in silence."""
    finding = OAuthLogin().find(machine(SERVER + GATEWAY))
    assert isinstance(finding, Broken)
    assert (finding.reason, finding.remedy) == ("nobody is logged in there", "`keyhole login`")
    assert str(finding.where).endswith("config.toml:2 (login.issuer)")


def test_its_own_token_is_not_for_anthropic() -> None:
    """Where nothing names a gateway, the token is sent nowhere; ANTHROPIC_BASE_URL may name it."""
    host, _ = logged_in(SERVER)
    finding = OAuthLogin().find(machine(SERVER, host))
    assert isinstance(finding, Broken)
    assert finding.reason == "nothing says where its token is sent"
    named = OAuthLogin().find(machine(SERVER, host, ANTHROPIC_BASE_URL="https://gateway.example"))
    assert isinstance(named, Found)
    assert named.endpoint
    assert named.endpoint.url == "https://gateway.example"


def test_a_kept_token_is_given() -> None:
    """A fresh token is taken from its store without a request, and goes to the gateway alone."""
    host, after = logged_in()
    finding = OAuthLogin().find(after)
    assert isinstance(finding, Found)
    credential = finding.load(host, None)
    assert credential.headers() == {"authorization": f"Bearer fake-1-{CANARY}"}
    assert credential.endpoint == "https://gateway.example"
    assert credential.expires_at == finding.expires_at == NOW + 3600
    assert not host.requests


def test_an_ended_token_is_renewed_where_it_was_got() -> None:
    """The endpoint that the login used is asked again, with its client and no metadata first."""
    host, after = logged_in(SERVER + GATEWAY + 'resource = "https://gateway.example/"\n')
    finding = OAuthLogin().find(after)
    assert isinstance(finding, Found)
    host.responses.append(answer(access_token="fake-2", refresh_token="fake-refresh-2"))
    assert finding.load(host, Secret(f"fake-1-{CANARY}")).secret == Secret("fake-2")
    (request,) = host.requests
    assert request.url == f"{ISSUER}/token"
    asked = parse_qs((request.body or b"").decode())
    assert asked["client_id"] == ["keyhole"]
    assert asked["refresh_token"] == ["fake-refresh-1"]
    assert asked["resource"] == ["https://gateway.example/"]


def test_a_token_that_no_store_took_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a full disk takes no new token, this process goes on with it and keeps it later."""
    host, after = logged_in()
    source, first = OAuthLogin(), Secret(f"fake-1-{CANARY}")
    finding = source.find(after)
    assert isinstance(finding, Found)
    host.responses.append(answer(access_token="fake-2", refresh_token="fake-refresh-2"))
    with monkeypatch.context() as full:
        _fill(full, Secret("fake-2"))
        with pytest.warns(UnsavedTokenWarning):
            assert finding.load(host, first).secret == Secret("fake-2")
    again = source.find(after)
    assert isinstance(again, Found)
    assert again.load(host, first).secret == Secret("fake-2")
    server = configured(after)
    assert server
    record = host.tokens(after).read(server.key)
    assert record
    assert record.refresh_token == Secret("fake-refresh-2")
    assert len(host.requests) == 1


def _fill(patch: pytest.MonkeyPatch, refused: Secret) -> None:
    """Makes the store refuse records with this token."""
    kept = _MemorySlot.replace

    def replace(slot: _MemorySlot, record: TokenRecord) -> None:
        if record.access_token == refused:
            raise StoreError("no space is left")
        kept(slot, record)

    patch.setattr(_MemorySlot, "replace", replace)


def test_a_login_that_the_server_ended_is_dead() -> None:
    """After `invalid_grant` the source is broken, says so, and asks the server no more."""
    host, after = logged_in()
    finding = OAuthLogin().find(after)
    assert isinstance(finding, Found)
    host.responses.append(Response(400, {}, b'{"error": "invalid_grant"}'))
    with pytest.raises(LoginRequiredError) as raised:
        finding.load(host, Secret(f"fake-1-{CANARY}"))
    assert raised.value.remedy == "`keyhole login`"
    dead = OAuthLogin().find(machine(SERVER + GATEWAY, host))
    assert isinstance(dead, Broken)
    assert "invalid_grant" in dead.reason


def test_another_client_is_another_login() -> None:
    """The token of one client is not given to another, nor that of another server."""
    host, _ = logged_in()
    other = SERVER.replace("keyhole", "other") + GATEWAY
    assert isinstance(OAuthLogin().find(machine(other, host)), Broken)


def test_a_damaged_entry_is_not_taken_for_no_login() -> None:
    """Where the index can't say where the login is kept, that is said, and not "log in"."""
    host, _ = logged_in()
    (path,) = (path for path in host.files if "token-index" in str(path))
    host.files[path] = "{"
    with pytest.raises(StoreError, match="does not say where") as caught:
        OAuthLogin().find(machine(SERVER + GATEWAY, host))
    assert caught.value.where == str(path)


def test_what_is_forgotten_is_gone() -> None:
    """Forgetting gives the record once, and nothing is kept afterwards, in store or index."""
    host, after = logged_in()
    server = configured(after)
    assert server
    record = forget(after, server, host)
    assert record
    assert record.refresh_token == Secret("fake-refresh-1")
    assert forget(after, server, host) is None
    assert host.tokens(after).read(server.key) is None
    assert isinstance(OAuthLogin().find(machine(SERVER + GATEWAY, host)), Broken)


@pytest.mark.parametrize(
    "line",
    [
        'issuer = "ftp://a.test"',
        'issuer = "https://a:b@c.test"',
        'client_id = "a b"',
        'scopes = "openid"',
        'scopes = ["a b"]',
        'base_url = "gateway"',
        'token_endpoint = "/token"',
        'hostname = "0.0.0.0"',
        "port = 65536",
        "port = true",
        'secret = "fake"',
    ],
)
def test_a_wrong_key_names_its_line(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What [login] does not take is an error with file and line, and the value does not show."""
    looked = machine(f"[login]\n{line}\n")
    assert run(["status"], World(lambda **_options: looked, FakeHost())) == 1
    said = capsys.readouterr().err
    assert "config.toml:2: " in said
    assert "a:b@" not in said
