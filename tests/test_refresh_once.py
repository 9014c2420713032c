"""However many share a token, it is refreshed once: against a server that ends a login otherwise."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.kept_login import asked, assert_a_storm_refreshes_once, assert_rotates, kept, log_in
from components.storm import Storm, holder_of, renewal_of
from keyhole.credential import Credential
from keyhole.errors import LoginRequiredError
from keyhole.holder import Holder
from keyhole.record import TokenRecord

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

THREADS = 200
COROUTINES = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


def test_64_processes(
    server: AuthorizationServer, tokens_in_files: dict[str, str], tmp_path: Path
) -> None:
    """64 processes with one ended token make one request, get one valid token, and it rotates on."""
    assert_a_storm_refreshes_once(server, tokens_in_files, tmp_path / "gate")


@pytest.mark.usefixtures("tokens_in_files")
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


@pytest.mark.usefixtures("tokens_in_files")
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


@pytest.mark.usefixtures("tokens_in_files")
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


@pytest.mark.usefixtures("tokens_in_files")
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


@pytest.mark.usefixtures("tokens_in_files")
def test_after_a_fork(server: AuthorizationServer, tmp_path: Path) -> None:
    """Parent and 16 forked children, whose common token was refused, get one new one from one request."""
    log_in(server)
    holder, gate = holder_of(server.token_endpoint), tmp_path / "gate"
    refused = holder.current()
    before = len(server.seen())
    children = [_forked(holder, refused, gate, tmp_path / f"child-{at}") for at in range(16)]
    gate.touch()
    holder.reject(refused)
    got = holder.current().secret.reveal()
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ended == [0] * 16
    assert {(tmp_path / f"child-{at}").read_text() for at in range(16)} == {got}
    assert asked(server, before) == [200]
    assert server.is_active(got)
    assert_rotates(server)


def _forked(holder: Holder, refused: Credential, gate: Path, told: Path) -> int:
    """A child that waits at the gate, then uses what its parent held, and tells its new token."""
    with warnings.catch_warnings():
        # Python 3.12 warns of exactly what is tried here: the parent has other threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.alarm(100)
        while not gate.exists():
            time.sleep(0.002)
        holder.reject(refused)
        told.write_text(holder.current().secret.reveal())
        code = 0
    finally:
        os._exit(code)


@pytest.mark.usefixtures("tokens_in_files")
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
    tokens_in_files: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Killed at any instant, the record is whole, and the next caller has a token or a clear answer."""
    came_to: Counter[str] = Counter()
    for round_ in range(int(os.environ.get("KEYHOLE_KILLS", "20"))):
        old = log_in(server)
        storm = Storm.brew(server.token_endpoint, tmp_path / f"gate-{round_}", 4, tokens_in_files)
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
