"""AWS on loopback: a service that recomputes each signature, and the places that give out keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keyhole import Machine, Resolved
from keyhole.files import RealFiles
from keyhole.host import RealHost
from keyhole.resolved import resolve

MESSAGE = {
    "id": "msg_fake",
    "type": "message",
    "role": "assistant",
    "model": "claude-fake",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
_METADATA = "/latest/meta-data/iam/security-credentials/"


@attrs.define
class Pair:
    """A pair of keys that AWS knows."""

    key: str
    secret: str = "fake/secret+key0123456789abcdefghijklmno"
    token: str | None = None

    def json(self, seconds: float = 3600) -> dict[str, Any]:
        """What a metadata service says of it."""
        return {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret,
            "Token": self.token,
            "Expiration": moment(seconds),
        }


def moment(seconds: float) -> str:
    """A time from now, as AWS writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@attrs.define
class Request:
    """A request for a message, as it arrived."""

    path: str
    headers: dict[str, str]
    problem: str
    key: str = ""
    region: str = ""
    service: str = ""


class Aws:
    """What the servers saw, and what they are to answer.

    `known` holds the keys that may sign, `bearers` the API keys, `refuses` what has expired.
    `gives` is what the container's and the instance's endpoints hand out, and for how many seconds;
    `asked` holds the requests for it, `received` those for messages.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.known: dict[str, Pair] = {}
        self.bearers: set[str] = set()
        self.refuses: set[str] = set()
        self.gives = (self.pair("ASIAFAKEGIVEN0000001", token="fake-given/token+=="), 3600.0)
        self.asked: list[str] = []
        self.received: list[Request] = []
        self.silent = threading.Event()

    def pair(self, key: str, **more: Any) -> Pair:
        """A pair of keys that may sign."""
        self.known[key] = Pair(key, **more)
        return self.known[key]

    def judge(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
        """Checks what authenticates a request."""
        request = Request(path, headers, "")
        self.received.append(request)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if bearer in self.bearers or headers.get("x-api-key") in self.bearers:
            request.key = bearer if bearer in self.bearers else headers["x-api-key"]
        elif headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            request.problem = self._check(request, method, body)
        else:
            request.problem = "MissingAuthenticationTokenException"
        if request.key in self.refuses:
            request.problem = "ExpiredTokenException"
        return request

    def _check(self, request: Request, method: str, body: bytes) -> str:
        """Recomputes a signature with botocore; the name of the error, or nothing."""
        fields = dict(
            field.split("=", 1)
            for field in request.headers["authorization"].split(" ", 1)[1].split(", ")
        )
        request.key, _, request.region, request.service, _ = fields["Credential"].split("/")
        names = fields["SignedHeaders"].split(";")
        sent = {name for name in request.headers if name.startswith("x-amz")}
        if not {"host", *sent} <= set(names):
            return "SignatureDoesNotMatch: not everything is signed"
        pair = self.known.get(request.key)
        if pair is None:
            return "UnrecognizedClientException"
        if request.headers.get("x-amz-security-token") != pair.token:
            return "UnrecognizedClientException"
        url = f"http://{request.headers['host']}{request.path}"
        signed = {name: request.headers[name] for name in names}
        again = AWSRequest(method, url, signed, body)
        again.context["timestamp"] = request.headers["x-amz-date"]
        signer = SigV4Auth(
            Credentials(pair.key, pair.secret, pair.token), request.service, request.region
        )
        text = signer.string_to_sign(again, signer.canonical_request(again))
        right = signer.signature(text, again) == fields["Signature"]
        return "" if right else "SignatureDoesNotMatch"


class _Handler(BaseHTTPRequestHandler):
    @property
    def aws(self) -> Aws:
        """What this server is."""
        server: Any = self.server
        aws: Aws = server.aws
        return aws

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""

    def do_PUT(self) -> None:
        self.aws.asked.append(self.path)
        if self.aws.silent.is_set():
            time.sleep(5)
        self._answer(b"fake-imds-token")

    def do_GET(self) -> None:
        self.aws.asked.append(self.path)
        pair, seconds = self.aws.gives
        imds = self.headers.get("x-aws-ec2-metadata-token") == "fake-imds-token"
        if self.path == "/container" and self.headers.get("authorization") == "fake-container":
            self._answer(pair.json(seconds))
        elif self.path == _METADATA and imds:
            self._answer(b"role")
        elif self.path == f"{_METADATA}role" and imds:
            self._answer(pair.json(seconds))
        elif self.path.startswith("/federation/credentials"):
            bearer = self.headers.get("x-amz-sso_bearer_token")
            self._answer(_role(pair), 200 if bearer == "fake-sso" else 401)
        else:
            self._answer({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = self.aws.judge("POST", self.path, headers, body)
        if request.problem:
            self._answer({"message": request.problem}, 403, request.problem)
        else:
            self._answer(MESSAGE)

    def _answer(self, body: Any, status: int = 200, error: str = "") -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain" if body is raw else "application/json")
        self.send_header("content-length", str(len(raw)))
        if error:
            self.send_header("x-amzn-errortype", f"{error}:http://internal.amazon.com/coral/")
        self.end_headers()
        self.wfile.write(raw)


def _role(pair: Pair) -> dict[str, Any]:
    """What the portal of IAM Identity Center gives."""
    return {
        "roleCredentials": {
            "accessKeyId": pair.key,
            "secretAccessKey": pair.secret,
            "sessionToken": pair.token,
            "expiration": int(time.time() + 3600) * 1000,
        }
    }


class _Server(ThreadingHTTPServer):
    aws: Aws
    request_queue_size = 128


@pytest.fixture
def aws() -> Iterator[Aws]:
    """AWS, until the test ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    aws = server.aws = Aws(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield aws
    server.shutdown()
    server.server_close()
    thread.join()


@attrs.frozen
class Lab:
    """A machine whose home is a real folder, and which uses Bedrock on loopback.

    `environ` are its variables and may be changed at any time, as the files may.
    """

    home: Path
    environ: dict[str, str]

    def machine(self) -> Machine:
        """The machine as it is now."""
        return Machine(
            environ=self.environ,
            files=RealFiles(),
            home=self.home,
            cwd=self.home,
        )

    def resolved(self) -> Resolved:
        """Its winner, loaded."""
        return resolve(self.machine, host=RealHost())

    def write(self, name: str, content: Any) -> Path:
        """Writes a file below the home folder: a text, or anything else as JSON."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path


@pytest.fixture(name="moment")
def a_moment() -> Callable[[float], str]:
    """Gives a time some seconds from now, as AWS writes it."""
    return moment


@pytest.fixture
def lab(aws: Aws, tmp_path: Path) -> Callable[..., Lab]:
    """Such a machine: `lab(NAME="value")`; "" takes away."""

    def make(**more: str) -> Lab:
        environ = {
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "CLAUDE_CODE_USE_BEDROCK": "1",
            "ANTHROPIC_BEDROCK_BASE_URL": aws.url,
            "AWS_REGION": "eu-west-1",
            **more,
        }
        return Lab(tmp_path, {name: text for name, text in environ.items() if text})

    return make
