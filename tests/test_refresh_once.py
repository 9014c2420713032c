"""However many share a token, it is refreshed once: against a server that ends a login otherwise."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.storm import KEY, Storm, expired, holder_of, renewal_of
from keyhole.credential import Credential
from keyhole.errors import KeyholeError, LoginRequiredError, NetworkError
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import TokenRecord

pytestmark = pytest.mark.real

PROCESSES = 64
THREADS = 200
COROUTINES = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


@pytest.fixture
def environ(
    tmp_path: Path, isolated: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of a machine whose tokens are in files; this process's too."""
    config = tmp_path / "config.toml"
    config.write_text('[stores]\nuse = "file"\n')
    machine = isolated(KEYHOLE_CONFIG=str(config))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in machine.items():
        monkeypatch.setenv(name, value)
    return machine


def log_in(server: AuthorizationServer) -> TokenRecord:
    """Keeps a real login whose access token has ended."""
    record = expired(server.login())
    with RealHost().tokens(Machine.real()).exclusive(KEY, about="the storm", timeout=5) as slot:
        slot.replace(record)
    return record


def kept() -> TokenRecord:
    """What is kept."""
    record = RealHost().tokens(Machine.real()).read(KEY)
    assert record is not None
    return record


def asked(server: AuthorizationServer, since: int) -> list[object]:
    """What the token endpoint answered since then."""
    return server.seen()[since:]


def assert_rotates(server: AuthorizationServer) -> None:
    """The next rotation works, so that the server still knows the login."""
    record = kept()
    assert record.access_token is not None
    again = renewal_of(server.token_endpoint).current(record.access_token)
    assert again.access_token is not None
    assert again.access_token != record.access_token
    assert server.is_active(again.access_token.reveal())


def test_64_processes(server: AuthorizationServer, environ: dict[str, str], tmp_path: Path) -> None:
    """64 processes with one ended token make one request, get one valid token, and it rotates on."""
    log_in(server)
    before = len(server.seen())
    storm = Storm.brew(server.token_endpoint, tmp_path / "gate", PROCESSES, environ)
    storm.go()
    answers = storm.answers()
    assert len(answers) == PROCESSES
    (token,) = {str(answer.get("token", answer)) for answer in answers}
    assert asked(server, before) == [200]
    assert server.is_active(token)
    assert_rotates(server)


@pytest.mark.usefixtures("environ")
def test_200_threads(server: AuthorizationServer) -> None:
    """200 threads of one process, each with the same holder, make one request."""
    log_in(server)
    before, holder = len(server.seen()), holder_of(server.token_endpoint)
    got: list[Credential] = []
    threads = [
        threading.Thread(target=lambda: got.append(holder.current())) for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({credential.secret for credential in got}) == 1
    assert len(got) == THREADS
    assert asked(server, before) == [200]
    assert_rotates(server)


@pytest.mark.usefixtures("environ")
def test_threads_that_share_nothing(server: AuthorizationServer) -> None:
    """50 threads of one process, each with a holder and a store of its own, make one request."""
    log_in(server)
    before, got = len(server.seen()), []
    threads = [
        threading.Thread(target=lambda: got.append(holder_of(server.token_endpoint).current()))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({credential.secret for credential in got}) == 1
    assert asked(server, before) == [200]


@pytest.mark.usefixtures("environ")
def test_1000_coroutines(server: AuthorizationServer) -> None:
    """1,000 coroutines on one loop make one request."""
    log_in(server)
    before, holder = len(server.seen()), holder_of(server.token_endpoint)

    async def everybody() -> list[Credential]:
        return await asyncio.gather(*(holder.acurrent() for _ in range(COROUTINES)))

    got = asyncio.run(everybody())
    assert len({credential.secret for credential in got}) == 1
    assert asked(server, before) == [200]
    assert_rotates(server)


@pytest.mark.usefixtures("environ")
def test_two_loops(server: AuthorizationServer) -> None:
    """Two event loops in two threads, with one holder, make one request."""
    log_in(server)
    before, holder = len(server.seen()), holder_of(server.token_endpoint)
    got: list[Credential] = []

    async def some() -> list[Credential]:
        return await asyncio.gather(*(holder.acurrent() for _ in range(100)))

    threads = [threading.Thread(target=lambda: got.extend(asyncio.run(some()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 200
    assert len({credential.secret for credential in got}) == 1
    assert asked(server, before) == [200]


@pytest.mark.usefixtures("environ")
def test_processes_whose_first_sign_is_a_401(server: AuthorizationServer) -> None:
    """Whoever was told 401 for the same token gets the same new one, from one request."""
    log_in(server)
    old = renewal_of(server.token_endpoint).current()
    before = len(server.seen())
    users = [renewal_of(server.token_endpoint) for _ in range(8)]
    got = {user.current(old.access_token).access_token for user in users}
    assert len(got) == 1
    assert asked(server, before) == [200]


def test_a_storm_of_kills(
    server: AuthorizationServer,
    environ: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Killed at any instant, the record is whole, and the next caller has a token or a clear answer."""
    came_to: Counter[str] = Counter()
    for round_ in range(int(os.environ.get("KEYHOLE_KILLS", "20"))):
        old = log_in(server)
        storm = Storm.brew(server.token_endpoint, tmp_path / f"gate-{round_}", 4, environ)
        storm.go()
        time.sleep(random.uniform(0.0, 0.06))  # noqa: S311  # an instant
        for child in storm.children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        storm.answers()
        record = kept()
        assert record.refresh_token is not None
        came_to[_outcome(server, old, record)] += 1
    with capsys.disabled():
        print(f"\nkilled in the middle of a refresh: {dict(came_to)}")  # noqa: T201  # the report
    assert sum(came_to.values()) >= 20


def _outcome(server: AuthorizationServer, old: TokenRecord, record: TokenRecord) -> str:
    """What the next caller gets after a kill."""
    state = "old record" if record.refresh_token == old.refresh_token else "new record"
    if record.attempt is not None:
        state = "refresh under way"
    try:
        token = renewal_of(server.token_endpoint).current().access_token
    except LoginRequiredError as error:
        assert "was under way and its answer was lost" in str(error)
        assert state == "refresh under way"
        return f"{state}: log in again"
    assert token is not None
    assert server.is_active(token.reveal())
    return f"{state}: a valid token"


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
@pytest.mark.usefixtures("environ")
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


@pytest.mark.usefixtures("environ")
def test_an_early_failure_leaves_the_token_in_use(server: AuthorizationServer) -> None:
    """A server that fails while the old token is still good costs nobody anything."""
    record = expired(server.login(), ago=-60)
    with RealHost().tokens(Machine.real()).exclusive(KEY, timeout=5) as slot:
        slot.replace(record)
    server.fail({"status": 500})
    assert renewal_of(server.token_endpoint).current().access_token == record.access_token
    server.fail()


@pytest.mark.usefixtures("environ")
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


@pytest.mark.usefixtures("environ")
def test_a_dead_server_ends_no_login() -> None:
    """A server that is not there is an error that says so, and the record stays."""
    with authorization_server() as short:
        log_in(short)
        endpoint = short.token_endpoint
    with pytest.raises(NetworkError, match="can't be reached"):
        renewal_of(endpoint).current()
    assert kept().refresh_token is not None


def test_a_stopped_holder_is_named(
    server: AuthorizationServer, environ: dict[str, str], tmp_path: Path
) -> None:
    """Behind a stopped process others use the token while it is good, else learn its number."""
    log_in(server)
    server.fail({"delay": 3000})
    storm = Storm.brew(server.token_endpoint, tmp_path / "gate", 1, environ)
    storm.go()
    _until(lambda: kept().attempt is not None)
    (child,) = storm.children
    os.kill(child, signal.SIGSTOP)
    try:
        user = renewal_of(server.token_endpoint)
        user._patience = 0.3
        with pytest.raises(KeyholeError, match=f"process {child} has held it"):
            user.current()
    finally:
        os.kill(child, signal.SIGCONT)
    (answer,) = storm.answers()
    assert server.is_active(answer["token"])
    assert_rotates(server)


def _forget_the_pause() -> None:
    """Time passes: others may ask the server again."""
    with RealHost().tokens(Machine.real()).exclusive(KEY, timeout=5) as slot:
        record = slot.record
        assert record is not None
        slot.replace(attrs.evolve(record, retry_at=None))


def _until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not become true within 5 seconds")


def test_a_disk_that_is_full_costs_no_login(
    server: AuthorizationServer, environ: dict[str, str]
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
        [sys.executable, "-c", script, tests, server.token_endpoint],
        env=environ,
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
