"""Whatever goes wrong while a token is renewed, no good login is lost, and the outcome is definite."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.kept_login import asked, assert_rotates, keep, kept, log_in
from components.storm import Storm, renewal_of
from keyhole.errors import BusyError, LoginRequiredError, NetworkError
from keyhole.host import RealHost
from keyhole.oauth import token

pytestmark = pytest.mark.real

HOUR = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


FAULTS: dict[str, list[dict[str, Any]]] = {
    "500": [{"status": 500}] * 3,
    "503 with Retry-After": [{"status": 503, "headers": {"retry-after": "1"}}] * 3,
    "429 with Retry-After": [{"status": 429, "headers": {"retry-after": "1"}}] * 3,
    "slow_down": [{"status": 400, "body": '{"error": "slow_down"}'}] * 3,
    "garbage": [{"status": 200, "body": "<html>nothing"}] * 3,
    "10 MB": [{"status": 200, "fill": 10_000_000}] * 3,
    "an empty answer": [{"status": 200}] * 3,
    "a redirect": [{"status": 302, "headers": {"location": "https://elsewhere.example/"}}] * 3,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("tokens_in_files")
def test_what_passes_at_the_server_ends_no_login(server: AuthorizationServer, fault: str) -> None:
    """After a bounded number of requests there is an error that says so, and later a token."""
    log_in(server)
    before = len(server.seen())
    server.fail(*FAULTS[fault])
    with pytest.raises(NetworkError) as caught:
        renewal_of(server.token_endpoint).current()
    assert len(asked(server, before)) == 3
    assert len(str(caught.value)) < 1000
    assert kept().refresh_token is not None
    assert not kept().dead
    _forget_the_pause()
    assert renewal_of(server.token_endpoint).current().access_token is not None
    assert_rotates(server)


@pytest.mark.usefixtures("tokens_in_files")
def test_an_early_failure_leaves_the_token_in_use(server: AuthorizationServer) -> None:
    """A server that fails while the old token is still good costs nobody anything."""
    record = log_in(server, ago=-60)
    server.fail({"status": 500})
    assert renewal_of(server.token_endpoint).current().access_token == record.access_token
    server.fail()


@pytest.mark.usefixtures("tokens_in_files")
def test_a_lost_answer_is_a_definite_answer(server: AuthorizationServer) -> None:
    """Where the server closed the connection after it had rotated, a person is told to log in."""
    log_in(server)
    before = len(server.seen())
    server.fail({"lost": True})
    with pytest.raises(LoginRequiredError, match="its answer was lost"):
        renewal_of(server.token_endpoint).current()
    assert asked(server, before) == ["lost", 400]
    with pytest.raises(LoginRequiredError):
        renewal_of(server.token_endpoint).current()
    assert len(asked(server, before)) == 2


@pytest.mark.usefixtures("tokens_in_files")
def test_a_dead_server_ends_no_login() -> None:
    """A server that is not there is an error that says so, and the record stays."""
    with authorization_server() as short:
        log_in(short)
        endpoint = short.token_endpoint
    with pytest.raises(NetworkError, match="can't be reached"):
        renewal_of(endpoint).current()
    assert kept().refresh_token is not None


@pytest.mark.usefixtures("tokens_in_files")
def test_an_ended_login_is_a_definite_answer(server: AuthorizationServer) -> None:
    """Where the server has ended the login, a person is told so, and the server is asked once."""
    record = log_in(server)
    assert record.refresh_token is not None
    server.revoke(record.refresh_token.reveal())
    before = len(server.seen())
    for _ in range(3):
        with pytest.raises(LoginRequiredError, match="log in again"):
            renewal_of(server.token_endpoint).current()
    assert asked(server, before) == [400]


@pytest.mark.usefixtures("tokens_in_files")
def test_a_server_that_is_too_slow_ends_no_login(
    server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer in time is asked three times; the token stays, and works later."""
    log_in(server)
    before = len(server.seen())
    server.fail(*[{"held": True, "status": 503}] * 3)
    with monkeypatch.context() as patch:
        patch.setattr(token, "TIMEOUT", 0.3)
        with pytest.raises(NetworkError, match="no answer within"):
            renewal_of(server.token_endpoint).current()
    eventually(lambda: len(asked(server, before)) == 3)
    server.release()
    assert not kept().dead
    _forget_the_pause()
    assert_rotates(server)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["fast", "slow"])
@pytest.mark.usefixtures("tokens_in_files")
def test_a_wrong_clock_is_no_loop(
    server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    """With a clock that is an hour off one refresh is enough, and an ended token is given once at most."""
    ended = log_in(server).access_token
    before, host = len(server.seen()), RealHost()
    monkeypatch.setattr(host, "now", lambda: time.time() + ahead)
    renewal, refused, given = renewal_of(server.token_endpoint, host), None, []
    for _ in range(5):
        given.append(renewal.current(refused).access_token)
        refused = ended if given[-1] == ended else None
    assert given.count(ended) <= 1
    assert asked(server, before) == [200]
    assert given[-1] is not None
    assert server.is_active(given[-1].reveal())


def test_behind_a_stopped_holder(
    server: AuthorizationServer, tokens_in_files: dict[str, str], tmp_path: Path
) -> None:
    """Behind a stopped process others use the token while it is good, else they learn its number."""
    record = log_in(server, ago=-60)
    before = len(server.seen())
    server.fail({"held": True})
    storm = Storm.brew(server.token_endpoint, tmp_path / "gate", 1, tokens_in_files)
    storm.go()
    eventually(lambda: asked(server, before) == [None])
    (child,) = storm.children
    os.kill(child, signal.SIGSTOP)
    try:
        user = renewal_of(server.token_endpoint)
        user._patience = 0.3
        assert user.current().access_token == record.access_token
        with pytest.raises(BusyError, match=f"process {child} holds it"):
            user.current(record.access_token)
    finally:
        os.kill(child, signal.SIGCONT)
        server.release()
    (answer,) = storm.answers()
    assert server.is_active(answer["token"])
    assert_rotates(server)


@pytest.mark.parametrize("committed", [True, False])
def test_a_kill_while_the_server_works(
    server: AuthorizationServer, tokens_in_files: dict[str, str], tmp_path: Path, *, committed: bool
) -> None:
    """Who dies waiting leaves the old record: a token where nothing was committed, else a clear answer."""
    record = log_in(server)
    before = len(server.seen())
    server.fail({"late": True} if committed else {"held": True, "status": 500})
    storm = Storm.brew(server.token_endpoint, tmp_path / "gate", 1, tokens_in_files)
    storm.go()
    eventually(lambda: asked(server, before) == (["late"] if committed else [None]))
    (child,) = storm.children
    os.kill(child, signal.SIGKILL)
    assert storm.answers() == []
    server.release()
    assert kept().refresh_token == record.refresh_token
    assert kept().attempt is not None
    if committed:
        for _ in range(2):
            with pytest.raises(LoginRequiredError, match=f"a refresh by process {child} on .* was"):
                renewal_of(server.token_endpoint).current()
        assert asked(server, before) == ["late", 400]
    else:
        assert_rotates(server)


def test_a_disk_that_is_full_costs_no_login(
    server: AuthorizationServer, tokens_in_files: dict[str, str]
) -> None:
    """A process that can write no file asks the server nothing, says why, and the record stays."""
    log_in(server)
    before, record = len(server.seen()), kept()
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); "
        "from components.storm import renewal_of; renewal = renewal_of(sys.argv[2]); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)); renewal.current()"
    )
    tests = str(Path(__file__).parent)
    ended = subprocess.run(
        # -B: bytecode that fits into 64 bytes would break the next process.
        [sys.executable, "-B", "-c", script, tests, server.token_endpoint],
        env=tokens_in_files,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "StoreError" in ended.stderr
    assert "File too large" in ended.stderr
    assert asked(server, before) == []
    assert kept() == record
    assert_rotates(server)


def _forget_the_pause() -> None:
    """Time passes: others may ask the server again."""
    keep(attrs.evolve(kept(), retry_at=None))


def eventually(true: Callable[[], bool]) -> None:
    """Waits until it is true."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.01)
