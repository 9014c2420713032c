"""Google on loopback: token endpoints, a metadata server and Vertex AI itself, in one server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from keyhole import Machine
from keyhole.files import RealFiles

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = _KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PUBLIC_KEY = (
    _KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
MESSAGE = {
    "id": "msg_fake",
    "type": "message",
    "role": "assistant",
    "model": "claude-fake",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


class Google:
    """What the servers saw, and what they are to answer.

    `asked` holds the path and the fields of each request for a token, `received` the headers of
    each request for a message. `seconds` is how long a token lasts, `refuses` the tokens that
    Vertex AI does not take, `fails` a status and a body for every request for a token.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.received: list[tuple[str, dict[str, str]]] = []
        self.flavor = "Google"
        self.seconds = 3600
        self.refuses: set[str] = set()
        self.fails: tuple[int, dict[str, Any]] | None = None
        self._lock = threading.Lock()

    @property
    def host(self) -> str:
        """Where it listens: "127.0.0.1:1234"."""
        return urlsplit(self.url).netloc

    def token(self, path: str, fields: dict[str, str]) -> str:
        """A new token, named for what it was given for."""
        with self._lock:
            self.asked.append((path, fields))
            kind = {"/token": "account", "/sts": "pool"}.get(path, "machine")
            return f"fake-{'impersonated' if 'generateAccess' in path else kind}-{len(self.asked)}"

    def given(self) -> list[str]:
        """The paths that gave tokens, in order."""
        return [path for path, _fields in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    google: Google


class _Handler(BaseHTTPRequestHandler):
    @property
    def google(self) -> Google:
        """What this server is."""
        server: Any = self.server
        google: Google = server.google
        return google

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/subject":
            self._answer({"value": "fake.subject.jwt"})
        elif path.endswith("/default/token"):
            self._token(path, {})
        elif path.endswith("/service-accounts/default/"):
            self._answer({"email": "robot@lab.test", "scopes": [], "aliases": ["default"]})
        elif path.endswith("/project-id"):
            self._answer(b"machine-project")
        else:
            self._answer(b"computeMetadata/\n")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        path = urlsplit(self.path).path
        if path.endswith("Predict"):
            return self._message(path)
        if "json" in self.headers["content-type"]:
            fields = json.loads(body)
        else:
            fields = dict(parse_qsl(body.decode()))
        fields["authorization"] = self.headers.get("authorization", "")
        return self._token(path, fields)

    def _token(self, path: str, fields: dict[str, str]) -> None:
        token = self.google.token(path, fields)
        if self.google.fails:
            status, body = self.google.fails
            return self._answer(body, status)
        if "generateAccess" in path:
            ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return self._answer({"accessToken": token, "expireTime": ends})
        issued = "urn:ietf:params:oauth:token-type:access_token"
        return self._answer(
            {
                "access_token": token,
                "expires_in": self.google.seconds,
                "token_type": "Bearer",
                "issued_token_type": issued,
            }
        )

    def _message(self, path: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.google.received.append((path, headers))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        refused = token in self.google.refuses or "every" in self.google.refuses
        self._answer({"error": {"code": 401}} if refused else MESSAGE, 401 if refused else 200)

    def _answer(self, body: Any, status: int = 200) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain" if body is raw else "application/json")
        self.send_header("content-length", str(len(raw)))
        self.send_header("metadata-flavor", self.google.flavor)
        self.end_headers()
        self.wfile.write(raw)


@pytest.fixture
def google() -> Iterator[Google]:
    """Google, until the test ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    google = server.google = Google(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield google
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def machine(google: Google, tmp_path: Path) -> Callable[..., Machine]:
    """A machine that uses Vertex AI on loopback: `machine(NAME="value")`; "" takes away."""

    def make(settings: Any = None, **more: str) -> Machine:
        environ = {
            "CLAUDE_CODE_USE_VERTEX": "1",
            "ANTHROPIC_VERTEX_PROJECT_ID": "lab",
            "ANTHROPIC_VERTEX_BASE_URL": f"{google.url}/v1",
            "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "adc.json"),
            "PATH": "/usr/bin:/bin",
            **more,
        }
        return Machine(
            environ={name: text for name, text in environ.items() if text},
            files=RealFiles(),
            home=tmp_path,
            cwd=tmp_path,
            settings=None if settings is None else json.dumps(settings),
        )

    return make


@pytest.fixture
def key(google: Google, tmp_path: Path) -> dict[str, Any]:
    """A service account's key; it stands in `adc.json` already."""
    info = {
        "type": "service_account",
        "project_id": "lab-of-the-key",
        "private_key_id": "fake-id",
        "private_key": PRIVATE_KEY,
        "client_email": "robot@lab.test",
        "token_uri": f"{google.url}/token",
    }
    (tmp_path / "adc.json").write_text(json.dumps(info))
    return info


@pytest.fixture
def federation(google: Google, tmp_path: Path) -> Callable[..., None]:
    """Writes a workload identity configuration: `federation({"file": …})`."""

    def write(source: dict[str, Any], **more: str) -> None:
        info = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{google.url}/sts",
            "credential_source": source,
            **more,
        }
        (tmp_path / "adc.json").write_text(json.dumps(info))

    return write


@pytest.fixture
def public_key() -> str:
    """What verifies the signatures of that account."""
    return PUBLIC_KEY
