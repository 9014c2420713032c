"""Entra ID, managed identities and Foundry itself as servers on loopback."""

from __future__ import annotations

import http.server
import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import trustme

from keyhole import Machine
from keyhole.testing import fake_machine

TENANT = "11111111-1111-1111-1111-111111111111"


class Entra:
    """What the servers for tokens share: what they were asked, and what they answer."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca.pem"
        self.https = ""
        self.http = ""
        self.asked: list[dict[str, str]] = []
        self.expires_in = 3600
        self.delay = 0.0
        self.error: dict[str, str] | None = None

    def token(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The next token, or the error that a test wants."""
        time.sleep(self.delay)
        self.asked.append(asked)
        if self.error:
            return 401, self.error
        return 200, {
            "token_type": "Bearer",
            "access_token": f"fake-entra-token-{len(self.asked)}",
            "expires_in": self.expires_in,
            "expires_on": str(int(time.time()) + self.expires_in),
            "resource": asked.get("resource"),
        }


@pytest.fixture(autouse=True)
def _no_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity reads the process's own variables, so that none of a developer's may show.

    The proxy is one that nobody serves: no test can reach a metadata server by mistake.
    """
    for name in list(os.environ):
        if name.upper().startswith(("AZURE_", "ANTHROPIC_", "IDENTITY_", "MSI_", "IMDS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves a handler on loopback: `serve(Handler, context)` gives its base URL."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(handler: type, context: ssl.SSLContext | None = None) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http{'s' if context else ''}://localhost:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def entra(tmp_path: Path, serve: Callable[..., str]) -> Entra:
    """Entra ID over TLS, and the endpoints of managed identities over plain HTTP."""
    entra = Entra(tmp_path)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(entra.ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    class Handler(Answering):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = dict(parse_qsl(url.query))
            base = f"https://{self.headers['host']}/{TENANT}"
            if url.path.endswith("/.well-known/openid-configuration"):
                document = {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                }
                self.answer(200, document)
            elif url.path == "/msi/token" and self.headers["x-identity-header"] != "fake-header":
                self.answer(401, {"error": "bad header"})
            else:
                self.answer(*entra.token({"form": url.path, **asked}))

        def do_POST(self) -> None:
            self.answer(*entra.token(dict(parse_qsl(self.body().decode()))))

    entra.https = serve(Handler, context)
    entra.http = serve(Handler)
    return entra


@pytest.fixture
def foundry(serve: Callable[..., str]) -> Any:
    """Foundry: it takes what is in `accepted`, and remembers every request's headers."""

    class Foundry:
        def __init__(self) -> None:
            self.accepted: set[str] = set()
            self.seen: list[dict[str, str]] = []
            self.paths: list[str] = []
            self.url = ""

        def credentials(self) -> list[dict[str, str]]:
            wanted = ("authorization", "x-api-key", "api-key")
            return [{n: h[n] for n in wanted if n in h} for h in self.seen]

    state = Foundry()

    class Handler(Answering):
        def do_POST(self) -> None:
            self.body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.seen.append(headers)
            state.paths.append(self.path)
            if state.accepted.isdisjoint(headers.values()):
                self.answer(401, {"type": "error", "error": {"type": "authentication_error"}})
                return
            message = {
                "id": "msg_fake",
                "type": "message",
                "role": "assistant",
                "model": "claude-fake",
                "content": [{"type": "text", "text": "hello"}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }
            self.answer(200, message)

    state.url = f"{serve(Handler)}/anthropic/"
    return state


@pytest.fixture
def machine(entra: Entra, foundry: Any) -> Callable[..., Machine]:
    """A machine that uses the loopback Foundry and Entra ID: `machine(NAME="value")`."""

    def build(*, config: str = "", **environ: str) -> Machine:
        held = {
            "CLAUDE_CODE_USE_FOUNDRY": "1",
            "ANTHROPIC_FOUNDRY_BASE_URL": foundry.url,
            "AZURE_AUTHORITY_HOST": entra.https,
            "REQUESTS_CA_BUNDLE": str(entra.ca),
            **environ,
        }
        return fake_machine(held, {".config/keyhole/config.toml": config} if config else {})

    return build


class Answering(http.server.BaseHTTPRequestHandler):
    """Reads whole requests and answers with JSON."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Nothing of a test belongs on stderr."""

    def body(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers["content-length"] or 0))

    def answer(self, status: int, document: Any) -> None:
        """A whole response."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
