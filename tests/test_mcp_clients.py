"""Which client keyhole is, at an authorization server that takes no stranger or only some."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from components.authorization_server import AuthorizationServer, authorization_server
from components.mcp_server import McpServer, mcp_server
from components.people import AGREES, RUN
from components.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Keyhole = Callable[..., subprocess.CompletedProcess[str]]
LATER = 3 * 3600


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this process trusts, and those that it starts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, str(tmp_path / "ca.pem"))
    return authority


@pytest.fixture
def certificate(trusted: trustme.CA, tmp_path: Path) -> tuple[str, str]:
    """The files of a loopback server's certificate and of its key."""
    issued = trusted.issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    return str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")


def test_a_client_id_metadata_document(
    certificate: tuple[str, str],
    keyhole: Keyhole,
    call: Callable[..., str],
    home: Path,
    tmp_path: Path,
) -> None:
    """The client is the document at an https URL: nothing is registered, and it refreshes."""
    cert, key = certificate
    with (
        authorization_server(more=["--cert", cert, "--key", key]) as authority,
        mcp_server(authority.issuer) as server,
        document_at(cert, key) as (url, fetched),
    ):
        config = home / ".config/keyhole/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[mcp."{server.url}"]\nclient_metadata_url = "{url}"\n')
        trusts = {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        done = keyhole("mcp", "auth", server.url, "--json", environ={**AGREES, **trusts})
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["client"] == url
        assert call(server.url, LATER, **trusts) == "200"
        assert authority.seen() == [200, 200]
        assert authority.registered() == 0
        assert "/client.json" in fetched


@pytest.fixture
def authority() -> Iterator[AuthorizationServer]:
    """An authorization server whose clients somebody has to register."""
    with authorization_server(more=["--unregistered"]) as running:
        yield running


@pytest.fixture
def server(authority: AuthorizationServer) -> Iterator[McpServer]:
    """An MCP server that takes its tokens."""
    with mcp_server(authority.issuer) as running:
        yield running


def test_without_registration(
    keyhole: Keyhole, call: Callable[..., str], authority: AuthorizationServer, server: McpServer
) -> None:
    """The error says what to do; the client is named once, and known from then on."""
    stuck = keyhole("mcp", "auth", server.url, environ=AGREES)
    assert stuck.returncode == 1
    assert "registers no clients by itself" in stuck.stderr
    assert "keyhole mcp auth SERVER --client-id ID" in stuck.stderr

    port = free_port()
    named = ["--client-id", "native", "--callback-port", str(port)]
    done = keyhole("mcp", "auth", server.url, *named, environ=AGREES)
    assert done.returncode == 0, done.stderr
    (asked,) = [line for line in done.stderr.splitlines() if line.startswith("http")]
    (back,) = parse_qs(urlsplit(asked).query)["redirect_uri"]
    assert back == f"http://localhost:{port}/callback"
    assert call(server.url, LATER) == "200"

    again = keyhole("mcp", "auth", server.url, "--json", environ=AGREES)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["client"] == "native"
    assert authority.seen() == [200, 200, 200]
    assert authority.registered() == 0


def test_a_client_with_a_secret(
    isolated: Callable[..., dict[str, str]],
    cwd: Path,
    keyhole: Keyhole,
    call: Callable[..., str],
    authority: AuthorizationServer,
    server: McpServer,
) -> None:
    """The secret comes from standard input, once: refreshing and signing in again know it."""
    command = [sys.executable, "-c", RUN, "mcp", "auth", server.url]
    done = subprocess.run(
        [*command, "--client-id", "confidential", "--client-secret"],
        env=isolated(**AGREES),
        cwd=cwd,
        input="fake-secret\n",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "fake-secret" not in done.stdout + done.stderr
    assert call(server.url, LATER) == "200"
    again = keyhole("mcp", "auth", server.url, "--json", environ=AGREES)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["client"] == "confidential"
    assert authority.seen() == [200, 200, 200]


@contextmanager
def document_at(cert: str, key: str) -> Iterator[tuple[str, list[str]]]:
    """Serves a client ID metadata document; gives its URL, and the paths that were asked for."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps(described).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    asked: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://localhost:{server.server_port}/client.json"
        described = {
            "client_id": url,
            "client_name": "keyhole in tests",
            "application_type": "native",
            "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield url, asked
        finally:
            server.shutdown()
