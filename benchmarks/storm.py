"""Many processes share one ended token: keyhole, the anthropic SDK and the mcp SDK side by side.

`python -m benchmarks --kills ROUNDS` kills keyhole's processes at random instants instead, and
counts what the next caller gets. The server is npm's certified `oidc-provider`, which rotates
refresh tokens and ends a login whose token is used twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks.measuring import Group, Row
from components.authorization_server import AuthorizationServer, authorization_server
from components.storm import KEY, Storm, expired, renewal_of
from keyhole.errors import LoginRequiredError
from keyhole.host import RealHost
from keyhole.machine import Machine

Ask = Callable[[], str]


def measure(_rounds: int) -> Group:
    """One refresh alone, and then storms."""
    rows = []
    with authorization_server() as server, machine():
        for count in SIZES:
            for name, side in SIDES.items():
                if count == SIZES[-1] or name == "keyhole":
                    rows.append(_storm(server, name, side, count, 5 if name == "keyhole" else 1))
    note = (
        "Until the last process is done. The parent has everything imported; the processes are "
        "forked and go at one moment. The other two go once, in the largest storm alone. Where "
        "the login ends, nobody has a token once the new one has ended."
    )
    return Group("storm", "Processes that share one ended token", "ms", tuple(rows), note)


def killed(rounds: int) -> None:
    """Kills instead of measuring."""
    with authorization_server() as server, machine():
        kills(server, rounds)


@contextmanager
def machine() -> Iterator[None]:
    """A machine of its own, with its tokens in files."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        config.write_text('[stores]\nuse = "file"\n')
        os.environ |= {"HOME": folder, "KEYHOLE_CONFIG": str(config), "FOLDER": folder}
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ.pop(name, None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


def _storm(server: AuthorizationServer, name: str, side: Any, count: int, rounds: int) -> Row:
    """One row: so many processes go at once."""
    last, sent, valid, goes_on = [], [], [], []
    for _ in range(rounds):
        with side(server) as ask:
            before = len(server.seen())
            got = together(ask, count)
            sent.append(len(server.seen()[before:]))
            valid.append(sum(bool(token) and server.is_active(token) for token, _ in got))
            last.append(max(seconds for _, seconds in got))
            goes_on.append(rotates(server, ask))
    said = f"{name}, {count}: {_range(sent)} requests, {_range(valid)} valid tokens"
    if not all(goes_on):
        said += ", the login ends"
    return Row(said, tuple(last))


def _range(counts: list[int]) -> str:
    return str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"


def together(ask: Ask, count: int) -> list[tuple[str, float]]:
    """Forks so many users of a warm parent, who all ask at one moment."""
    go = time.time() + 0.3 + count * 0.01
    pipes = []
    for _ in range(count):
        reading, writing = os.pipe()
        if os.fork() == 0:
            time.sleep(max(0.0, go - time.time()))
            began = time.monotonic()
            token = ""
            with suppress(BaseException):
                token = ask()
            os.write(writing, json.dumps([token, time.monotonic() - began]).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    got = []
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            token, seconds = json.loads(pipe.read())
        got.append((token, seconds))
        os.wait()
    return got


def rotates(server: AuthorizationServer, ask: Ask) -> bool:
    """Whether whoever comes next, after the new token ended as well, gets a valid one."""
    AGE[0]()
    with suppress(BaseException):
        return server.is_active(ask())
    return False


AGE: list[Callable[[], None]] = [lambda: None]
"""Makes the kept token of the side that is measured look as if it had ended."""


@contextmanager
def keyhole(server: AuthorizationServer) -> Iterator[Ask]:
    """A Renewal on the file store."""
    tokens = RealHost().tokens(Machine.real())
    with tokens.exclusive(KEY, timeout=5) as slot:
        slot.replace(expired(server.login()))

    def age() -> None:
        import attrs

        with tokens.exclusive(KEY, timeout=5) as slot:
            record = slot.record
            assert record is not None
            slot.replace(attrs.evolve(record, expires_at=time.time() - 1))

    AGE[0] = age

    def ask() -> str:
        token = renewal_of(server.token_endpoint).current().access_token
        assert token is not None
        return token.reveal()

    yield ask


@contextmanager
def anthropic(server: AuthorizationServer) -> Iterator[Ask]:
    """`CredentialsFile` of the anthropic SDK; it speaks JSON, so that a proxy translates."""
    from anthropic.lib.credentials import CredentialsFile

    folder = Path(os.environ["FOLDER"], "anthropic")
    for name in ("configs", "credentials"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.environ["ANTHROPIC_CONFIG_DIR"] = str(folder)
    granted = server.login()
    credentials = folder / "credentials" / "default.json"

    def keep(**fields: Any) -> None:
        credentials.write_text(json.dumps(fields))
        credentials.chmod(0o600)

    with translating(server) as url:
        config = {
            "base_url": url,
            "authentication": {"type": "user_oauth", "client_id": "native"},
        }
        (folder / "configs" / "default.json").write_text(json.dumps(config))
        tokens = {name: granted[name] for name in ("access_token", "refresh_token")}
        keep(version="1.0", type="oauth_token", expires_at=int(time.time()) - 1, **tokens)
        AGE[0] = lambda: keep(**json.loads(credentials.read_text()) | {"expires_at": 1})
        yield lambda: CredentialsFile("default")().token


@contextmanager
def translating(server: AuthorizationServer) -> Iterator[str]:
    """A proxy that turns the SDK's JSON into the form that OAuth asks for."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                with urlopen(server.token_endpoint, urlencode(fields).encode()) as answer:
                    status, body = answer.status, answer.read()
            except HTTPError as error:
                status, body = error.code, error.read()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    proxy = Server(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}"
    finally:
        proxy.shutdown()
        proxy.server_close()


@contextmanager
def mcp(server: AuthorizationServer) -> Iterator[Ask]:
    """`OAuthClientProvider` of the mcp SDK with the usual workaround: the expiry is kept, too."""
    import httpx2
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    path = Path(os.environ["FOLDER"], "mcp.json")

    def read() -> Any:
        return json.loads(path.read_text())

    def write(text: str) -> None:
        path.write_text(text)

    class Storage:
        async def get_tokens(self) -> Any:
            return OAuthToken.model_validate(read())

        async def set_tokens(self, tokens: Any) -> None:
            write(tokens.model_dump_json())

        async def get_client_info(self) -> Any:
            return OAuthClientInformationFull(client_id="native", redirect_uris=[REDIRECT])

        async def set_client_info(self, _info: Any) -> None:
            pass

    write(json.dumps(server.login()))
    AGE[0] = lambda: None

    async def asked() -> str:
        provider = OAuthClientProvider(
            server.issuer,
            OAuthClientMetadata(redirect_uris=[REDIRECT], client_name="benchmark"),
            Storage(),
        )
        await provider._initialize()  # noqa: SLF001  # what the workaround does
        provider.context.token_expiry_time = time.time() - 1
        flow = provider.async_auth_flow(httpx2.Request("GET", "http://127.0.0.1:9/"))
        request = await anext(flow)
        async with httpx2.AsyncClient() as client:
            response = await client.send(request)
        request = await flow.asend(response)
        with suppress(RuntimeError):
            await flow.aclose()
        token: str = request.headers["authorization"].removeprefix("Bearer ")
        return token

    yield lambda: asyncio.run(asked())


REDIRECT: Any = "http://127.0.0.1/callback"
SIZES = (1, 8, 64)
SIDES = {"keyhole": keyhole, "anthropic (profile)": anthropic, "mcp (workaround)": mcp}


def kills(server: AuthorizationServer, rounds: int) -> None:
    """Kills four processes in the middle of a refresh, again and again."""
    came_to: Counter[str] = Counter()
    folder = Path(os.environ["FOLDER"])
    for number in range(rounds):
        with keyhole(server):
            storm = Storm.brew(server.token_endpoint, folder / f"gate-{number}", 4, os.environ)
            storm.go()
            time.sleep(random.uniform(0.0, 0.06))
            for child in storm.children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            storm.answers()
            try:
                renewal_of(server.token_endpoint).current()
            except LoginRequiredError:
                came_to["the answer died with the process: log in again"] += 1
            else:
                came_to["a valid token"] += 1
    for what, count in came_to.most_common():
        print(f"{count:5} of {rounds}  {what}")
