"""The whole chain: who issues a JWT, the vault, short-lived keys, and an API that takes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import httpx2
import pytest
import trustme

import keyhole
from components.authorization_server import AuthorizationServer, authorization_server
from components.openbao import Bao, Refused, production
from components.postgres import postgres
from keyhole.errors import KeyholeError
from keyhole_vault_helper.errors import VaultError

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-the-vault"
AUDIENCE = "http://127.0.0.1/vault"


@pytest.fixture(scope="module")
def issuer() -> Iterator[AuthorizationServer]:
    """The real authorization server."""
    with authorization_server(auto=True, lifetime=600) as server:
        yield server


@attrs.define
class Api:
    """An API on loopback that takes whatever key `accepts` says.

    Attributes:
        url: Its base URL.
        accepts: Whether a key is good.
        answered: The key and the status of each request.
    """

    url: str
    accepts: Callable[[str], bool] = lambda _: True
    answered: list[tuple[str, int]] = attrs.field(factory=list)


@pytest.fixture
def api() -> Iterator[Api]:
    """An API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = self.headers.get("x-api-key", "")
            status = 200 if there.accepts(key) else 401
            there.answered.append((key, status))
            self.send_response(status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Api(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield there
    server.shutdown()
    server.server_close()
    thread.join()


def _jwt(issuer: AuthorizationServer, audience: str = AUDIENCE) -> str:
    """A JWT of a client's own (RFC 6749, section 4.4), for an audience (RFC 8707)."""
    granted = issuer.post(
        "/token",
        grant_type="client_credentials",
        client_id="confidential",
        client_secret="fake-secret",
        resource=audience,
    )
    return str(granted["access_token"])


@pytest.fixture
def trusting(bao: Bao, issuer: AuthorizationServer, site: Any) -> Bao:
    """A vault that lets the issuer's client in, and a home with such a JWT in a file."""
    if "jwt/" not in bao.ask("GET", "sys/auth")["data"]:
        bao.ask("POST", "sys/auth/jwt", type="jwt")
        bao.ask("POST", "auth/jwt/config", oidc_discovery_url=issuer.issuer)
    bao.policy("leases", "database/creds/*")
    bao.ask(
        "POST",
        "auth/jwt/role/ci",
        role_type="jwt",
        user_claim="client_id",
        bound_audiences=[AUDIENCE],
        token_policies=["reads", "leases"],
        token_ttl="1h",
    )
    site.environ.clear()
    site.write("jwt", _jwt(issuer))
    _configure(site, bao)
    return bao


def _configure(site: Any, bao: Bao, path: str = "secret/anthropic", **options: Any) -> None:
    named = {"auth": "jwt", "role": "ci", "jwt_file": str(site.home / "jwt")}
    site.configure(path=path, address=bao.address, **{**named, **options})


def test_jwt_from_a_file(trusting: Bao, issuer: AuthorizationServer, site: Any) -> None:
    """A JWT in a file logs in; it is read anew at each login, as others renew it."""
    _configure(site, trusting, refresh=0.001)
    assert site.key() == KEY
    site.write("jwt", _jwt(issuer, "http://127.0.0.1/other"))
    _end_logins(trusting)
    with pytest.raises(VaultError, match=r"refused to log in with jwt: .*aud") as caught:
        site.key()
    assert "eyJ" not in str(caught.value)
    site.write("jwt", _jwt(issuer))
    assert site.key() == KEY


def test_jwt_from_a_variable(trusting: Bao, issuer: AuthorizationServer, site: Any) -> None:
    """A JWT in a variable, as GitLab CI hands it on, logs in."""
    site.configure(
        path="secret/anthropic",
        address=trusting.address,
        auth="jwt",
        role="ci",
        jwt_variable="CI_VAULT_TOKEN",
    )
    site.environ["CI_VAULT_TOKEN"] = _jwt(issuer)
    assert site.key() == KEY


def test_jwt_of_github_actions(
    trusting: Bao, issuer: AuthorizationServer, site: Any, recorded: Any
) -> None:
    """In a job of GitHub Actions the JWT is asked for, with the audience that is configured."""
    recorded.body = json.dumps({"value": _jwt(issuer)}).encode()
    options = {"auth": "jwt", "role": "ci", "jwt_audience": AUDIENCE}
    site.configure(path="secret/anthropic", address=trusting.address, **options)
    with pytest.raises(KeyholeError, match="there is no JWT to log in with"):
        site.key()
    site.environ |= {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{recorded.url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "fake-request-token",
    }
    assert site.key() == KEY
    ((path, authorization),) = recorded.asked
    assert path.endswith("&audience=http%3A%2F%2F127.0.0.1%2Fvault")
    assert authorization == "Bearer fake-request-token"


def test_a_tls_certificate(tmp_path: Path, site: Any) -> None:
    """A client certificate logs in at a server with TLS; another one is refused."""
    authority, stranger = trustme.CA(), trustme.CA()
    with production(tmp_path / "bao", authority) as bao:
        bao.ask("POST", "sys/mounts/secret", type="kv", options={"version": "1"})
        bao.ask("POST", "secret/anthropic", api_key=KEY)
        bao.ask("POST", "sys/auth/cert", type="cert")
        bao.policy("reads", "secret/*")
        vouches = authority.cert_pem.bytes().decode()
        bao.ask("POST", "auth/cert/certs/ci", certificate=vouches, token_policies=["reads"])
        for name, ca in (("own", authority), ("other", stranger)):
            made = ca.issue_cert("client.example", common_name="client.example")
            made.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
            made.private_key_pem.write_to_path(tmp_path / f"{name}.key")

        def configure(name: str) -> None:
            site.configure(
                path="secret/anthropic",
                address=bao.address,
                auth="cert",
                role="ci",
                ca_cert=str(bao.authority),
                client_cert=str(tmp_path / f"{name}.pem"),
                client_key=str(tmp_path / f"{name}.key"),
            )

        configure("own")
        assert site.key() == KEY
        assert site.kept().forget() == ("keyhole's token, and its leases",)
        configure("other")
        with pytest.raises(VaultError, match="refused to log in with cert"):
            site.key()


def test_from_the_issuer_to_the_api(trusting: Bao, site: Any, api: Api) -> None:
    """A JWT is issued, the vault lets it in, the key is read, and the API gets it in one header."""
    site.environ["ANTHROPIC_BASE_URL"] = api.url
    shown = _keyhole(site, "headers", "--json")
    assert json.loads(shown.stdout) == {"x-api-key": KEY}
    status = json.loads(_keyhole(site, "status", "--json").stdout)
    assert status["active"]["source"] == "vault"
    assert {one["value"] for one in status["active"]["details"] if one["name"] == "kept"} == {
        "in the store file"
    }
    answer = httpx2.get(f"{api.url}/v1/models", headers=json.loads(shown.stdout))
    assert answer.status_code == 200
    assert api.answered == [(KEY, 200)]
    assert trusting.address in _keyhole(site, "status").stdout


@pytest.fixture(scope="module")
def _database() -> Iterator[Any]:
    with postgres() as server:
        yield server


@pytest.fixture
def leasing(trusting: Bao, _database: Any) -> Callable[..., None]:
    """Lets the vault make users in a real database: `leasing(ttl="2s", max_ttl="4s")`."""
    if "database/" not in trusting.ask("GET", "sys/mounts")["data"]:
        trusting.ask("POST", "sys/mounts/database", type="database")
        trusting.ask(
            "POST",
            "database/config/pg",
            plugin_name="postgresql-database-plugin",
            allowed_roles=["*"],
            connection_url=_database.url,
            username="postgres",
            password=_database.password,
        )

    def role(ttl: str, max_ttl: str) -> None:
        made = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}';"
        trusting.ask(
            "POST",
            "database/roles/api",
            db_name="pg",
            creation_statements=[made],
            default_ttl=ttl,
            max_ttl=max_ttl,
        )

    return role


def test_the_lease_ends_and_no_request_fails(
    trusting: Bao,
    site: Any,
    api: Api,
    leasing: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A running process renews a lease while it can, then gets the next key; no request is refused."""
    leasing(ttl="12s", max_ttl="18s")
    _configure(site, trusting, "database/creds/api", field="password")
    monkeypatch.setattr(os, "environ", {**_environ(site), "ANTHROPIC_BASE_URL": api.url})
    monkeypatch.chdir(site.home)
    api.accepts = lambda key: key in _living(trusting, site, seen)
    seen: dict[str, str] = {}
    resolved = keyhole.resolve()
    until = time.monotonic() + 90
    with httpx2.Client(auth=resolved.auth()) as client:
        while len({key for key, _ in api.answered}) < 2:
            assert client.get(f"{api.url}/v1/models").status_code == 200
            assert time.monotonic() < until
            time.sleep(0.1)
    assert {status for _, status in api.answered} == {200}


def test_a_lease_is_made_longer(trusting: Bao, site: Any, leasing: Callable[..., None]) -> None:
    """After two thirds of its time a lease is renewed: the key stays, and lives longer."""
    leasing(ttl="1h", max_ttl="24h")
    _configure(site, trusting, "database/creds/api", field="password")
    first = site.kept().current()
    lease = str(first.extra["vault"]["lease"])
    assert not trusting.ask("PUT", "sys/leases/lookup", lease_id=lease)["data"]["last_renewal"]
    _make_older(site, 2401)
    second = site.kept().current()
    assert second.access_token == first.access_token
    assert second.expires_at is not None
    assert second.expires_at > time.time() + 3000
    assert trusting.ask("PUT", "sys/leases/lookup", lease_id=lease)["data"]["last_renewal"]


def test_a_refused_key_is_replaced(trusting: Bao, site: Any, leasing: Callable[..., None]) -> None:
    """A key that the API refuses is not renewed: another one is asked for."""
    leasing(ttl="1h", max_ttl="2h")
    _configure(site, trusting, "database/creds/api", field="password")
    first = site.kept().current()
    second = site.kept().current(first.access_token)
    assert second.access_token != first.access_token
    assert site.kept().current() == second


def test_logout_ends_the_lease(trusting: Bao, site: Any, leasing: Callable[..., None]) -> None:
    """Logging out revokes keyhole's token with all its leases, and forgets everything."""
    leasing(ttl="1h", max_ttl="2h")
    _configure(site, trusting, "database/creds/api", field="password")
    first = site.kept().current()
    assert first.expires_at is not None
    assert 3500 < first.expires_at - time.time() <= 3600
    lease = str(first.extra["vault"]["lease"])
    trusting.ask("PUT", "sys/leases/lookup", lease_id=lease)
    assert site.kept().forget() == ("keyhole's token, and its leases",)
    _until(lambda: not _is_alive(trusting, lease))
    assert not site.host.tokens(site.machine()).index.entries()
    assert site.kept().current().access_token != first.access_token


def _living(bao: Bao, site: Any, seen: dict[str, str]) -> set[str]:
    """The keys whose lease the vault still knows, of all that keyhole ever had."""
    for path in (site.home / ".local/share/keyhole/tokens").glob("*.json"):
        fields = json.loads(path.read_text())
        lease = fields.get("vault", {}).get("lease")
        if lease:
            seen[fields["access_token"]] = lease
    return {key for key, lease in seen.items() if _is_alive(bao, lease)}


def _is_alive(bao: Bao, lease: str) -> bool:
    try:
        return bool(bao.ask("PUT", "sys/leases/lookup", lease_id=lease)["data"]["ttl"] > 0)
    except Refused:
        return False


def _end_logins(bao: Bao) -> None:
    for accessor in bao.ask("LIST", "auth/token/accessors")["data"]["keys"]:
        about = bao.ask("POST", "auth/token/lookup-accessor", accessor=accessor)["data"]
        if about["path"] == "auth/jwt/login":
            bao.ask("POST", "auth/token/revoke-accessor", accessor=accessor)


def _environ(site: Any) -> dict[str, str]:
    return {"HOME": str(site.home), "PATH": os.environ["PATH"], **site.environ}


def _keyhole(site: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from keyhole.cli import main; main()", *arguments],
        env=_environ(site),
        cwd=site.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )


def _make_older(site: Any, seconds: float) -> None:
    """Makes the key that is kept older, by so many seconds."""
    for path in (site.home / ".local/share/keyhole/tokens").glob("*.json"):
        fields = json.loads(path.read_text())
        if "vault" in fields:
            fields["issued_at"] -= seconds
            fields["expires_at"] -= seconds
            path.write_text(json.dumps(fields))


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


@attrs.define
class Recorded:
    """A stand-in for GitHub's endpoint, which can't be run elsewhere.

    Attributes:
        url: Its URL.
        body: What it answers.
        asked: The path and the authorization of each request.
    """

    url: str
    body: bytes = b""
    asked: list[tuple[str, str]] = attrs.field(factory=list)


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """The stand-in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append((self.path, self.headers.get("authorization", "")))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(there.body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Recorded(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield there
    server.shutdown()
    server.server_close()
    thread.join()
