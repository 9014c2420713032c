"""A vault that is away, sealed, slow or not trusted: each names itself, and the kept key goes on."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from components.openbao import Bao, cluster_node, production
from keyhole import Found
from keyhole_vault_helper.errors import OutageError, VaultError
from keyhole_vault_helper.load import StaleKeyWarning
from keyhole_vault_helper.source import VaultSource

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-the-vault"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who vouches for the servers."""
    return trustme.CA()


@pytest.fixture(scope="module")
def _vault(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Bao]:
    with production(tmp_path_factory.mktemp("bao"), authority) as bao:
        bao.ask("POST", "sys/mounts/secret", type="kv", options={"version": "2"})
        _eventually(lambda: bao.ask("POST", "secret/data/anthropic", data={"api_key": KEY}))
        yield bao


@pytest.fixture
def vault(_vault: Bao, site: Any) -> Bao:
    """A server as in production: raft, TLS, unsealed; and a home that reads it at each use."""
    _configure(site, _vault.address, ca_cert=str(_vault.authority))
    site.environ["VAULT_TOKEN"] = _vault.token
    return _vault


def test_over_tls(vault: Bao, site: Any) -> None:  # noqa: ARG001  # the home reads it
    """A server with TLS and an authority of its own is read."""
    assert site.key() == KEY


@pytest.mark.parametrize(
    "how", ["BAO_CACERT", "VAULT_CACERT", "VAULT_CACERT_BYTES", "VAULT_CAPATH"]
)
def test_the_vendors_variables_name_the_authority(vault: Bao, site: Any, how: str) -> None:
    """The variables of the vendors' command lines are read as those read them."""
    assert vault.authority is not None
    _configure(site, "")
    value = str(vault.authority)
    if how == "VAULT_CACERT_BYTES":
        value = vault.authority.read_text()
    if how == "VAULT_CAPATH":
        value = _hashed(site, vault.authority)
    site.environ |= {"VAULT_ADDR": vault.address, how: value}
    assert site.key() == KEY


def test_openbaos_variables_count_more(vault: Bao, site: Any) -> None:
    """Where both vendors' variables are set, OpenBao's counts, as for its command line."""
    _configure(site, "", ca_cert=str(vault.authority))
    site.environ |= {"BAO_ADDR": vault.address, "VAULT_ADDR": "https://127.0.0.1:9"}
    assert site.key() == KEY


def test_tls_that_is_not_trusted(vault: Bao, site: Any) -> None:
    """A server that nobody known vouches for gets no token, and the error says which file would help."""
    _configure(site, vault.address)
    with pytest.raises(VaultError, match="certificate of the server is not trusted") as caught:
        site.key()
    assert "vault.ca_cert" in caught.value.remedy


def test_a_name_that_does_not_fit(vault: Bao, site: Any) -> None:
    """A certificate for another name is refused; told the name that it has, keyhole takes it."""
    site.environ["VAULT_TLS_SERVER_NAME"] = "other.example"
    with pytest.raises(VaultError, match="is for another name"):
        site.key()
    site.environ["VAULT_TLS_SERVER_NAME"] = "localhost"
    assert site.key() == KEY
    assert vault.address.startswith("https://127.0.0.1")


def test_plain_http_to_a_tls_port(vault: Bao, site: Any) -> None:
    """A forgotten s in the address is named."""
    _configure(site, vault.address.replace("https", "http"))
    with pytest.raises(VaultError, match="it speaks TLS, and was asked without"):
        site.key()


def test_tls_to_a_plain_port(bao: Bao, site: Any) -> None:
    """An s too much in the address is named."""
    _configure(site, bao.address.replace("http", "https"))
    with pytest.raises(VaultError, match="TLS failed") as caught:
        site.key()
    assert "speaks no TLS" in caught.value.remedy


def test_sealed(vault: Bao, site: Any) -> None:
    """A sealed vault is an outage: the kept key goes on with a warning, and who has none is told why."""
    assert site.key() == KEY
    vault.ask("PUT", "sys/seal")
    try:
        assert site.key() == KEY
        assert [said for said in site.said if said.startswith("the vault is sealed")]
        _forget_all(site)
        with pytest.raises(OutageError, match="the vault is sealed") as caught:
            site.key()
        assert "bao operator unseal" in caught.value.remedy
        assert caught.value.exit_code == 1
    finally:
        vault.unseal()
    assert site.key() == KEY


def test_sealed_after_a_restart(vault: Bao, site: Any) -> None:
    """A server that was killed and started again is sealed, and says so; unsealed it has the key."""
    vault.kill()
    vault.start()
    try:
        with pytest.raises(OutageError, match="the vault is sealed"):
            site.key()
    finally:
        vault.unseal()
    assert _eventually(site.key) == KEY


def test_a_new_server(tmp_path: Path, authority: trustme.CA, site: Any) -> None:
    """A server that was never initialised says so."""
    with cluster_node(tmp_path / "bao", authority) as bao:
        _configure(site, bao.address, ca_cert=str(bao.authority))
        site.environ["VAULT_TOKEN"] = "fake"
        with pytest.raises(OutageError, match=r"sealed|initialised"):
            site.key()


def test_a_standby(site: Any, tmp_path: Path, authority: trustme.CA) -> None:
    """A standby is read like any node; without a leader nobody can log in there, and it names itself."""
    with (
        production(tmp_path / "first", authority) as first,
        cluster_node(tmp_path / "second", authority) as second,
    ):
        first.ask("POST", "sys/mounts/secret", type="kv", options={"version": "2"})
        first.ask("POST", "sys/auth/approle", type="approle")
        first.ask("POST", "auth/approle/role/ci", token_ttl="1h")
        role_id = first.ask("GET", "auth/approle/role/ci/role-id")["data"]["role_id"]
        secret_id = first.ask("POST", "auth/approle/role/ci/secret-id")["data"]["secret_id"]
        _eventually(lambda: first.ask("POST", "secret/data/anthropic", data={"api_key": KEY}))
        assert first.authority is not None
        vouches = first.authority.read_text()
        join = {"leader_api_addr": first.address, "leader_ca_cert": vouches}
        second.ask("PUT", "sys/storage/raft/join", **join)
        _eventually(lambda: second.ask("PUT", "sys/unseal", key=first.unseal_key))
        _until(lambda: second.health() == 429)
        options = {"ca_cert": str(second.authority)}
        _configure(site, second.address, **options)
        site.environ["VAULT_TOKEN"] = first.token
        assert _eventually(site.key) == KEY
        first.kill()
        _configure(site, second.address, auth="approle", role_id=role_id, **options)
        site.environ = {"VAULT_SECRET_ID": secret_id}
        with pytest.raises(OutageError, match="this node is a standby") as caught:
            site.key()
        assert "vault.address" in caught.value.remedy


def test_connection_refused(bao: Bao, site: Any) -> None:
    """A vault that is gone is an outage: the kept key goes on, and who has none is told why."""
    _configure(site, bao.address)
    assert site.key() == KEY
    _moved(site, bao.address, "http://127.0.0.1:9")
    assert site.key() == KEY
    assert "Connection refused" in site.said[0]
    _forget_all(site)
    with pytest.raises(OutageError, match="Connection refused") as caught:
        site.key()
    assert "vault.address" in caught.value.remedy


def test_a_running_process_goes_on_with_a_warning(bao: Bao, site: Any) -> None:
    """The source gives the kept key with a Python warning, and asks again after a while, not at every use."""
    _configure(site, bao.address)
    site.key()
    _moved(site, bao.address, "http://127.0.0.1:9")
    finding = VaultSource().find(site.machine())
    assert isinstance(finding, Found)
    began = time.time()
    with pytest.warns(StaleKeyWarning, match="Connection refused"):
        credential = finding.load(site.host, None)
    assert credential.headers() == {"x-api-key": KEY}
    assert credential.renew_at is not None
    assert credential.renew_at > began + 20


def test_only_one_asks_a_vault_that_is_away(bao: Bao, site: Any) -> None:
    """While the vault is away the kept key is used without asking it again each time."""
    _configure(site, bao.address)
    site.key()
    with _counting() as (address, count):
        _moved(site, bao.address, address)
        assert {site.key() for _ in range(5)} == {KEY}
        assert count() == 1
    assert len(site.said) == 5


def test_a_kept_key_does_not_work_for_ever(bao: Bao, site: Any) -> None:
    """A kept key without a lease ends `offline` seconds after it was read."""
    _configure(site, bao.address, offline=0.001)
    site.key()
    _moved(site, bao.address, "http://127.0.0.1:9", offline=0.001)
    with pytest.raises(VaultError, match="Connection refused"):
        site.key()


@pytest.mark.parametrize("how", ["hangs", "trickles"])
def test_slow(site: Any, how: str) -> None:
    """A server that hangs, or sends a byte now and then, is left when the time is over."""
    with _slow(trickles=how == "trickles") as address:
        _configure(site, address, timeout=0.5)
        site.environ["VAULT_TOKEN"] = "fake"
        with pytest.raises(OutageError, match=r"no answer within 0\.5 seconds") as caught:
            site.key()
    assert "vault.timeout" in caught.value.remedy


def test_a_server_that_is_stopped(bao: Bao, site: Any) -> None:
    """A real server that takes connections and answers nothing is an outage within the timeout."""
    _configure(site, bao.address, timeout=1)
    with bao.stopped(), pytest.raises(OutageError, match="no answer within 1 seconds"):
        site.key()
    assert site.key() == KEY


def test_refused_is_no_outage(bao: Bao, site: Any) -> None:
    """When the vault withdraws a key, the kept one is forgotten, so that no outage brings it back."""
    _configure(site, bao.address)
    bao.policy("withdrawn", "secret/data/anthropic")
    site.environ["VAULT_TOKEN"] = bao.child("withdrawn")
    assert site.key() == KEY
    bao.policy("withdrawn", "secret/data/other")
    with pytest.raises(VaultError, match="no policy of the token"):
        site.key()
    tokens = site.host.tokens(site.machine())
    assert tokens.read(site.kept()._vault.key) is None
    assert not tokens.index.entries()


def test_no_token_goes_to_another_server(bao: Bao, site: Any) -> None:
    """A redirect is not followed: what it leads to would get the token."""
    with _counting(redirect="http://127.0.0.1:9/") as (address, count):
        _configure(site, address)
        site.environ["VAULT_TOKEN"] = bao.token
        with pytest.raises(OutageError, match="to which no token is sent"):
            site.key()
    assert count()


def test_what_is_no_vault(site: Any) -> None:
    """A web page where a vault was expected is said to be none."""
    with _counting() as (address, _):
        _configure(site, address)
        site.environ["VAULT_TOKEN"] = "fake"
        with pytest.raises(OutageError, match="what answers there is no vault"):
            site.key()


# What the tests are made of


def _configure(site: Any, address: str, **options: Any) -> None:
    named = {"address": address} if address else {}
    site.configure(path="secret/anthropic", refresh=0.001, **named, **options)


def _moved(site: Any, old: str, new: str, **options: Any) -> None:
    """The same vault at another address, with what is kept of it."""
    records = [*(site.home / ".local").rglob("*.json")]
    index = site.host.tokens(site.machine()).index
    before = site.kept()._vault.key  # the key of what is kept
    record = site.host.tokens(site.machine()).read(before)
    _configure(site, new, **options)
    assert records
    assert old in before
    with site.host.tokens(site.machine()).exclusive(site.kept()._vault.key, timeout=5) as slot:
        slot.replace(record)
    assert index.entries()


def _forget_all(site: Any) -> None:
    for path in (site.home / ".local").rglob("*.json"):
        path.unlink()


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def _eventually(call: Callable[[], Any]) -> Any:
    """What a call gives once the server is as far."""
    until = time.monotonic() + 60
    while True:
        try:
            return call()
        except Exception:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


def _hashed(site: Any, authority: Path) -> str:
    """A folder of authorities as OpenSSL wants it: each under the digest of its subject."""
    import subprocess

    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(authority)],
        capture_output=True,
        text=True,
        check=True,
    )
    return str(Path(site.write(f"cas/{done.stdout.strip()}.0", authority.read_text())).parent)


@contextmanager
def _counting(redirect: str = "") -> Iterator[tuple[str, Callable[[], int]]]:
    """A web server that is no vault, and how often it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(307 if redirect else 200)
            if redirect:
                self.send_header("location", redirect)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(b"<html></html>")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", lambda: len(asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _slow(*, trickles: bool) -> Iterator[str]:
    """A server that never comes to an end."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            connection.recv(65536)
            if trickles:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while not over.wait(0.05):
                if trickles:
                    connection.sendall(b" ")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(inlet.accept()[0],), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as inlet:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{inlet.getsockname()[1]}"
        finally:
            over.set()
            inlet.shutdown(socket.SHUT_RDWR)


def test_json_of_an_outage(bao: Bao, site: Any) -> None:
    """The helper prints the kept key through an outage, and says so on stderr; its exit code is 0."""
    _configure(site, bao.address)
    site.key()
    _moved(site, bao.address, "http://127.0.0.1:9")
    done = site.helper("--json")
    assert json.loads(done.stdout) == {"value": KEY, "kind": "api-key"}
    assert done.returncode == 0
    assert "warning: it can't be reached: Connection refused" in done.stderr
