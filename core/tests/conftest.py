"""What the core's tests share: loopback servers, and a source that hands out one value after another."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest

from keyhole.credential import API_KEY, Credential, HeaderCredential, Kind
from keyhole.endpoint import Endpoint
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.plugins import Plugins, Registered
from keyhole.resolved import Resolved
from keyhole.secret import Secret
from keyhole.source import Found
from keyhole.testing import FakeHost, fake_machine
from keyhole.walk import Survey, survey
from keyhole.where import Where


@attrs.frozen
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def secrets(self) -> dict[str, list[str]]:
        """The values of the headers that carry credentials."""
        names = ("authorization", "x-api-key", "api-key", "proxy-authorization", "cookie")
        return {name: self.all(name) for name in names if self.all(name)}


class Recorder:
    """A server on loopback that remembers every request; `answer` says what it answers."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answer: Callable[[Seen], tuple[int, Mapping[str, str], bytes]] = lambda _: (
            200,
            {},
            b"{}",
        )
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def log_message(self, *_: Any) -> None:
                pass

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self.serve
                raise AttributeError(name)

            def serve(self) -> None:
                headers = [(key.lower(), value) for key, value in self.headers.items()]
                seen = Seen(self.command, self.path, headers, self.read_body())
                recorder.seen.append(seen)
                status, more, body = recorder.answer(seen)
                self.send_response(status)
                more = {
                    "content-type": "application/json",
                    **more,
                    "content-length": str(len(body)),
                }
                for key, value in more.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def read_body(self) -> bytes:
                if self.headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("content-length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def recorders() -> Iterator[Callable[[], Recorder]]:
    """Starts recording servers; each has an origin of its own."""
    with contextlib.ExitStack() as stack:

        def start() -> Recorder:
            recorder = Recorder()
            stack.callback(recorder.stop)
            return recorder

        yield start


@pytest.fixture
def recorder(recorders: Callable[[], Recorder]) -> Recorder:
    """One recording server."""
    return recorders()


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a server that speaks whatever a function writes to each connection; gives its URL."""
    with contextlib.ExitStack() as stack:

        def start(talk: Callable[[socket.socket], None]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stack.callback(listener.shutdown, socket.SHUT_RDWR)

            def serve() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        with connection, contextlib.suppress(OSError):
                            connection.recv(65536)
                            talk(connection)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


class Rotating:
    """A source that loads one value after another, and the last one again and again.

    A value may also be an error, which is raised, or a whole credential.
    """

    priority = 1000

    def __init__(
        self,
        values: tuple[object, ...],
        *,
        endpoint: str = "https://api.anthropic.com",
        kind: Kind = API_KEY,
        name: str = "rotating",
        billing: str = "other",
        selectors: frozenset[str] = frozenset(),
        **found: Any,
    ) -> None:
        self.name = name
        self.billing = billing
        self.selectors = selectors
        self.asked: list[Secret | None] = []
        self._values = list(values)
        self._kind = kind
        where = Where("a test") if endpoint != "https://api.anthropic.com" else None
        self._endpoint = Endpoint(endpoint, where)
        self._found = {"where": Where("a test", "rotating"), **found}

    def find(self, machine: Machine) -> Found:  # noqa: ARG002  # it finds itself everywhere
        return Found(
            **{"kind": self._kind, "endpoint": self._endpoint, "load": self.load, **self._found}
        )

    def load(self, host: Host, rejected: Secret | None) -> Credential:  # noqa: ARG002  # a contract
        self.asked.append(rejected)
        value: Any = self._values.pop(0) if len(self._values) > 1 else self._values[0]
        if isinstance(value, BaseException):
            raise value
        if not isinstance(value, str):
            loaded: Credential = value
            return loaded
        return HeaderCredential(self._kind, Secret(value), self._endpoint.url)


@attrs.frozen
class Held:
    """A rotating source, and what resolving it gave."""

    source: Rotating
    resolved: Resolved
    host: FakeHost


@pytest.fixture
def surveyed() -> Callable[..., Survey]:
    """Looks at a fake machine on which these sources alone are installed."""

    def look(*sources: Any, machine: Machine | None = None) -> Survey:
        registered = tuple(Registered(f"keyhole-{source.name}", source) for source in sources)
        plugins = Plugins((), registered, (), (), ())
        return survey(machine or fake_machine(), plugins=plugins)

    return look


@pytest.fixture
def rotating(surveyed: Callable[..., Survey]) -> Callable[..., Held]:
    """Resolves a source that loads these values: `rotating("first", "second", endpoint=…)`."""

    def make(
        *values: object,
        environ: Mapping[str, str] | None = None,
        files: Mapping[str | Path, Any] | None = None,
        settings: Any = None,
        **options: Any,
    ) -> Held:
        source, host = Rotating(values, **options), FakeHost()

        def look() -> Machine:
            return fake_machine(environ, files, settings=settings)

        return Held(source, Resolved(surveyed(source, machine=look()), look, host), host)

    return make
