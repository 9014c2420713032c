"""Exactly one credential leaves, whichever way the winner is used and whatever else is set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

import keyhole as library
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.files import RealFiles
from keyhole.host import RealHost
from keyhole.machine import Machine

CASES = json.loads((Path(__file__).parent / "precedence_cases.json").read_text())["cases"]
FIRST_PARTY = ("auth-token", "api-key", "api-key-helper", "oauth-token")
RIVAL = "fake-ambient-rival"
AMBIENT = {
    "ANTHROPIC_API_KEY": f"{RIVAL}-key",
    "ANTHROPIC_AUTH_TOKEN": f"{RIVAL}-token",
    "CLAUDE_CODE_OAUTH_TOKEN": f"{RIVAL}-oauth",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "AWS_BEARER_TOKEN_BEDROCK": f"{RIVAL}-bedrock",
    "ANTHROPIC_CUSTOM_HEADERS": f"x-api-key: {RIVAL}-custom",
}
MESSAGE: dict[str, Any] = {
    "id": "msg_fake",
    "type": "message",
    "role": "assistant",
    "model": "claude-fake",
    "content": [],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
# A program that sends whatever credentials it finds, as a careless one would.
CHILD = """
import os, urllib.request
headers = {}
if key := os.environ.get("ANTHROPIC_API_KEY"):
    headers["x-api-key"] = key
if token := os.environ.get("ANTHROPIC_AUTH_TOKEN") or os.environ.get("CLAUDE_CODE_OAUTH_TOKEN"):
    headers["Authorization"] = "Bearer " + token
if os.environ.get("CLAUDE_CODE_USE_BEDROCK") or os.environ.get("AWS_BEARER_TOKEN_BEDROCK"):
    headers["x-cloud"] = "yes"
for line in os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").splitlines():
    name, _, value = line.partition(":")
    headers[name] = value.strip()
request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"], headers=headers)
urllib.request.urlopen(request).close()
"""


def _usable(case: dict[str, Any]) -> bool:
    expected = case["expect"]
    elsewhere = any(name.startswith("/") for name in case["files"])
    return expected["winner"] in FIRST_PARTY and expected.get("usable", True) and not elsewhere


ROWS = [case for case in CASES if _usable(case)]
rows = pytest.mark.parametrize("case", ROWS, ids=lambda case: case["id"])


class Recorder:
    """A loopback server that takes everything, and remembers the headers."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                seen.append({name.lower(): value for name, value in self.headers.items()})
                body = json.dumps(MESSAGE).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer  # noqa: N815  # the server calls them by these names

            def log_message(self, *_arguments: Any) -> None:
                """Nothing: the test reads `seen`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Ends the server and its thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def secrets(self) -> set[str]:
        """Every credential of the one request that came."""
        (headers,) = self.seen
        assert RIVAL not in repr(headers)
        assert "x-cloud" not in headers
        carried = {headers.get("x-api-key"), headers.get("authorization")} - {None}
        return {str(text).removeprefix("Bearer ") for text in carried}


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The server, with every rival set in this process's own environment."""
    for name, value in AMBIENT.items():
        monkeypatch.setenv(name, value)
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def look(home: Path, cwd: Path) -> Callable[[dict[str, Any], str], Callable[..., Machine]]:
    """Builds a case's machine with real files, and gives what looks at it."""

    def build(case: dict[str, Any], url: str) -> Callable[..., Machine]:
        _write(home, cwd, case)
        environ = {name: _filled(text, home) for name, text in case["environ"].items()}
        environ |= {"PATH": os.environ["PATH"], "HOME": str(home), "ANTHROPIC_BASE_URL": url}
        settings = json.dumps(case["settings"]) if "settings" in case else None

        def machine(**_options: Any) -> Machine:
            return Machine(
                environ=environ,
                files=RealFiles(),
                home=home,
                cwd=cwd,
                settings=settings,
                bare=case.get("bare", False),
            )

        return machine

    return build


@rows
def test_through_auth(case: dict[str, Any], recorder: Recorder, look: Any) -> None:
    """An httpx2 client sends the winner alone."""
    resolved = library.resolve(look(case, recorder.url))
    assert resolved.source == case["expect"]["winner"]
    with httpx2.Client(auth=resolved.auth(), headers={"x-api-key": f"{RIVAL}-own"}) as client:
        client.get(recorder.url)
    assert recorder.secrets() == {resolved.credential().secret.reveal()}


@rows
def test_through_the_sdk(case: dict[str, Any], recorder: Recorder, look: Any) -> None:
    """The anthropic SDK's client sends the winner alone."""
    resolved = library.resolve(look(case, recorder.url))
    with library.anthropic_client(resolved) as client:
        client.messages.create(model="claude-fake", max_tokens=1, messages=[])
    assert recorder.secrets() == {resolved.credential().secret.reveal()}


@rows
def test_through_a_child(case: dict[str, Any], recorder: Recorder, look: Any) -> None:
    """A program started with `keyhole run` has the winner alone to send."""
    machine = look(case, recorder.url)
    assert run(["run", "--", sys.executable, "-c", CHILD], World(machine, Calling())) == 0
    expected = library.resolve(machine).credential().secret.reveal()
    assert recorder.secrets() == {expected}


def test_the_cases_are_many() -> None:
    """Every first-party source has rows here, the helper included."""
    assert {case["expect"]["winner"] for case in ROWS} == set(FIRST_PARTY)


class Calling:
    """This machine, but a program is called and not become."""

    def __init__(self) -> None:
        self._host = RealHost()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def replace(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        subprocess.run(list(argv), env=dict(environ), check=True, timeout=30)


def _write(home: Path, cwd: Path, case: dict[str, Any]) -> None:
    config = home / ".config" / "keyhole" / "config.toml"
    config.parent.mkdir(parents=True)
    # What is tested here is the sending; the refusal of a subscription's token has its own tests.
    config.write_text('[subscription]\nuse = "any"\n')
    for name, file in case["files"].items():
        content, mode = file["content"], 0o600
        if isinstance(content, list):
            content, mode = content
        path = cwd / name.removeprefix("proj/") if name.startswith("proj/") else home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = _filled(content, home)
        path.write_text(filled if isinstance(filled, str) else json.dumps(filled))
        path.chmod(mode)
    if case.get("trusted"):
        state = {"projects": {str(cwd): {"hasTrustDialogAccepted": True}}}
        (home / ".claude.json").write_text(json.dumps(state))


def _filled(value: Any, home: Path) -> Any:
    if isinstance(value, str):
        return value.replace("@HOME@", str(home))
    if isinstance(value, dict):
        if set(value) == {"$now_plus_ms"}:
            return round(time.time() * 1000) + value["$now_plus_ms"]
        return {key: _filled(inner, home) for key, inner in value.items()}
    return value
