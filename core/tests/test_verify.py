"""Asking the endpoint once: only 401 and 403 say that a credential is dead."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.credential import API_KEY, BEARER, HELPER_OUTPUT, OAUTH_BETA, OAUTH_TOKEN, Kind
from keyhole.errors import HelperError
from keyhole.exchange import exchange
from keyhole.message import Request, Response
from keyhole.testing import FakeHost, fake_machine
from keyhole.verify import Verification, verify

KEY = "sk-ant-api03-fake-verify-0123456789"


class Asking:
    """A fake host that really asks, and is not patient."""

    def __init__(self, timeout: float = 0.3) -> None:
        self.told: list[str] = []
        self._timeout = timeout

    def send(self, request: Request) -> Response:
        return exchange(attrs.evolve(request, timeout=self._timeout))

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)


def _verify(held: Any) -> Verification:
    host: Any = Asking()
    return verify(held.resolved, host)


@pytest.mark.parametrize(
    ("status", "usable"),
    [
        (200, True),
        (204, True),
        (401, False),
        (403, False),
        (302, None),
        (307, None),
        (400, None),
        (404, None),
        (429, None),
        (500, None),
        (503, None),
        (529, None),
    ],
)
def test_what_each_answer_means(
    rotating: Any, recorder: Any, status: int, *, usable: bool | None
) -> None:
    """2xx says alive, 401 and 403 say dead, and nothing else says anything."""
    recorder.answer = lambda _: (status, {"location": "/elsewhere"}, b"{}")
    verification = _verify(rotating(KEY, endpoint=recorder.url))
    assert verification.usable is usable
    assert len(recorder.seen) == 1
    assert KEY not in verification.said
    if usable is not True:
        assert str(status) in verification.said


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (API_KEY, {"x-api-key": [KEY]}),
        (BEARER, {"authorization": [f"Bearer {KEY}"]}),
        (OAUTH_TOKEN, {"authorization": [f"Bearer {KEY}"]}),
        (HELPER_OUTPUT, {"authorization": [f"Bearer {KEY}"], "x-api-key": [KEY]}),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
@pytest.mark.parametrize("path", ["", "/", "/gateway", "/gateway/"])
def test_one_cheap_request_is_sent(
    rotating: Any, recorder: Any, kind: Kind, sent: dict[str, list[str]], path: str
) -> None:
    """It is a GET for one model, below the endpoint's own path, with exactly this credential."""
    _verify(rotating(KEY, endpoint=f"{recorder.url}{path}", kind=kind))
    (seen,) = recorder.seen
    assert (seen.method, seen.body) == ("GET", b"")
    assert seen.path == f"{path.rstrip('/')}/v1/models?limit=1"
    assert seen.secrets() == sent
    assert seen.all("anthropic-version") == ["2023-06-01"]
    assert seen.all("anthropic-beta") == ([OAUTH_BETA] if kind is OAUTH_TOKEN else [])


def test_a_redirect_is_not_followed(rotating: Any, recorders: Any) -> None:
    """Where the endpoint redirects, nobody else is asked."""
    here, elsewhere = recorders(), recorders()
    here.answer = lambda _: (307, {"location": elsewhere.url}, b"")
    assert _verify(rotating(KEY, endpoint=here.url)).usable is None
    assert not elsewhere.seen


@pytest.mark.parametrize(
    "talk",
    [
        lambda _: time.sleep(0.5),
        lambda _: None,
        lambda connection: connection.sendall(b"garbage\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n"),
    ],
    ids=["is too slow", "closes", "garbage", "an odd status"],
)
def test_a_server_in_trouble_says_nothing(
    rotating: Any, raw_server: Callable[[Any], str], talk: Any
) -> None:
    """A server that is slow, gone or confused does not make the credential dead."""
    verification = _verify(rotating(KEY, endpoint=raw_server(talk)))
    assert verification.usable is None
    assert verification.said.startswith("not known")


def test_a_closed_port_says_nothing(rotating: Any) -> None:
    """An endpoint that nobody listens at does not make the credential dead."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    verification = _verify(rotating(KEY, endpoint=f"http://127.0.0.1:{port}"))
    assert (verification.usable, "refused" in verification.said) == (None, True)


def test_the_person_who_waits_is_told(rotating: Any, recorder: Any) -> None:
    """Before the request goes out, it is said who is asked."""
    host: Any = Asking()
    verify(rotating(KEY, endpoint=recorder.url).resolved, host)
    assert host.told == [f"asking {recorder.url}"]


def test_what_cannot_be_loaded_is_not_asked(rotating: Any, recorder: Any) -> None:
    """A loader's error is raised as it is, and nobody is asked."""
    held = rotating(HelperError("the helper ended with 3"), endpoint=recorder.url)
    with pytest.raises(HelperError):
        _verify(held)
    assert not recorder.seen


@pytest.mark.parametrize(
    ("options", "config", "answer", "code", "usable", "said"),
    [
        ({}, "", 200, 0, True, "takes it"),
        ({}, "", 401, 4, False, "refuses it (401)"),
        ({}, "", 403, 4, False, "refuses it (403)"),
        ({}, "", 500, 0, None, "answered 500"),
        ({"billing": "subscription"}, "", None, 0, None, "not asked: rotating is a subscription's"),
        (
            {"billing": "subscription"},
            '[subscription]\nuse = "any"',
            200,
            0,
            True,
            "takes it",
        ),
        ({}, '[expect]\nsource = "login"', None, 5, None, "not asked: the source login is"),
        ({}, '[expect]\nbilling = "aws"', None, 5, None, "not asked: aws is expected"),
    ],
)
def test_status_verify(
    rotating: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: dict[str, Any],
    config: str,
    answer: int | None,
    code: int,
    said: str,
    *,
    usable: bool | None,
) -> None:
    """`status --verify` says what the endpoint said, and asks only who is expected and allowed."""
    plugins = rotating(KEY, **options).resolved.survey.plugins
    monkeypatch.setattr("keyhole.plugins.load", lambda _: plugins)
    host = FakeHost()
    host.responses = [] if answer is None else [Response(answer)]

    def look(**_: Any) -> Any:
        return fake_machine(files={".config/keyhole/config.toml": config})

    assert run(["status", "--verify", "--json"], World(look, host)) == code
    shown = capsys.readouterr().out
    verified = json.loads(shown)["verified"]
    assert verified["usable"] is usable
    assert said in verified["said"]
    assert len(host.requests) == (0 if answer is None else 1)
    assert KEY not in shown
