"""Asking the endpoint: only 401 and 403 say that a credential is dead."""

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
from keyhole.errors import (
    BrokenCredentialError,
    HelperError,
    KeyholeError,
    LoginRequiredError,
    NetworkError,
    StoreError,
)
from keyhole.exchange import exchange
from keyhole.message import Request, Response
from keyhole.testing import FakeHost, fake_machine
from keyhole.verify import Verification, asked, verify

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


OTHER = "sk-ant-api03-fake-verify-renewed"


def _takes(secret: str, refusal: int = 401) -> Callable[[Any], Any]:
    return lambda seen: (200 if seen.all("x-api-key") == [secret] else refusal, {}, b"{}")


def test_what_is_refused_is_renewed_and_asked_about_once_more(rotating: Any, recorder: Any) -> None:
    """A credential that `Auth` would renew and use is not dead, and who waits is told."""
    recorder.answer = _takes(OTHER)
    held, host = rotating(KEY, OTHER, endpoint=recorder.url), Asking()
    verification = verify(held.resolved, host)  # type: ignore[arg-type]  # all that it needs
    assert verification == Verification(usable=True, said=f"{recorder.url} takes it")
    assert [seen.all("x-api-key") for seen in recorder.seen] == [[KEY], [OTHER]]
    asking = f"asking {recorder.url}"
    assert host.told == [asking, f"{recorder.url} refuses it (401): loading it again", asking]
    assert [rejected and rejected.reveal() for rejected in held.source.asked] == [None, KEY]


@pytest.mark.parametrize(("status", "usable"), [(401, False), (403, False), (500, None)])
def test_the_renewed_one_is_judged(
    rotating: Any, recorder: Any, status: int, *, usable: bool | None
) -> None:
    """The second answer counts, whatever it is, and there is no third request."""
    recorder.answer = lambda seen: (401 if seen.all("x-api-key") == [KEY] else status, {}, b"{}")
    verification = _verify(rotating(KEY, OTHER, "a third", endpoint=recorder.url))
    assert (verification.usable, str(status) in verification.said) == (usable, True)
    assert len(recorder.seen) == 2


def test_a_403_renews_nothing(rotating: Any, recorder: Any) -> None:
    """Where `Auth` would not renew the credential, its first answer is judged."""
    recorder.answer = _takes(OTHER, 403)
    held = rotating(KEY, OTHER, endpoint=recorder.url)
    assert _verify(held).usable is False
    assert held.source.asked == [None]


FAILURES = [
    (HelperError("it ended with 3"), False),
    (BrokenCredentialError("it ended with 3"), False),
    (LoginRequiredError("it ended with 3"), False),
    (NetworkError("it ended with 3"), None),
    (StoreError("it ended with 3"), None),
]


@pytest.mark.parametrize(("failure", "usable"), FAILURES)
def test_a_renewal_that_fails_is_said(
    rotating: Any, recorder: Any, failure: KeyholeError, *, usable: bool | None
) -> None:
    """It says what was refused and why there is no other; what may pass makes nothing dead."""
    recorder.answer = _takes(OTHER)
    verification = _verify(rotating(KEY, failure, endpoint=recorder.url))
    assert verification.usable is usable
    assert "refuses it (401), and it can't be renewed: it ended with 3" in verification.said


@pytest.mark.parametrize(("failure", "usable"), FAILURES)
def test_what_cannot_be_loaded_is_judged_as_well(
    rotating: Any, failure: KeyholeError, *, usable: bool | None
) -> None:
    """For `status`, what ends for good before anybody is asked is dead, and what may pass is not."""
    held = rotating(failure)
    verification = asked(held.resolved.survey, fake_machine, held.host)
    assert verification == Verification(usable, "not asked: it ended with 3")


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
