"""However many share a token on Valkey, on one machine or two, it is refreshed once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.kept_login import asked, assert_a_storm_refreshes_once, assert_rotates, log_in
from components.machines import Island, islands
from components.storm import Storm, holder_of
from components.valkey import Valkey, valkey
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.secret import Secret

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

COUNTERS = 16

_COUNT = """
import sys
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import Extra, TokenRecord

tokens = RealHost().tokens(Machine.real())
for _ in range(8):
    with tokens.exclusive("counter", timeout=300) as slot:
        counted = slot.record.extra["count"] if slot.record else 0
        slot.replace(TokenRecord(extra=Extra({"count": counted + 1})))
"""

_SLEEP = """
import sys
from keyhole.errors import LeaseError
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.secret import Secret

tokens = RealHost().tokens(Machine.real())
with tokens.exclusive("slept", timeout=60) as slot:
    slot.replace(TokenRecord(access_token=Secret("fake-before")))
    print("held", flush=True)
    sys.stdin.readline()
    try:
        slot.replace(TokenRecord(access_token=Secret("fake-late")))
    except LeaseError:
        print("refused", flush=True)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Valkey]:
    """The store's server."""
    with valkey() as running:
        yield running


@pytest.fixture
def environ(
    tmp_path: Path,
    shared: Valkey,
    isolated: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """The variables of a machine whose tokens are on Valkey; this process's too."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'[stores]\nuse = "redis"\n[redis]\nurl = "{shared.url}"\nlease = 20\ntimeout = 30\n'
        f'prefix = "{tmp_path.name}:"\n'
    )
    machine = isolated(KEYHOLE_CONFIG=str(config))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in machine.items():
        monkeypatch.setenv(name, value)
    return machine


def test_64_processes(server: AuthorizationServer, environ: dict[str, str], tmp_path: Path) -> None:
    """64 processes with one ended token on Valkey make one request and get one token; it rotates on."""
    assert_a_storm_refreshes_once(server, environ, tmp_path / "gate")


def test_two_machines(
    server: AuthorizationServer, shared: Valkey, environ: dict[str, str], tmp_path: Path
) -> None:
    """Two machines with 16 processes each, which share nothing but Valkey, make one request."""
    log_in(server)
    before, gate = len(server.seen()), tmp_path / "gate"
    with islands(2) as machines, ExitStack() as opened:
        storms = []
        for island in machines:
            home = tmp_path / island.name
            variables = _machine(island, home, shared, environ, opened)
            asked = opened.enter_context(island.reaches(urlsplit(server.issuer).port or 0))
            endpoint = f"http://127.0.0.1:{asked}/token"
            storms.append(Storm.brew(endpoint, gate, 16, variables, within=island.within))
        gate.touch()
        answers = [answer for storm in storms for answer in storm.answers()]
    assert len(answers) == 32  # twice 16
    (token,) = {str(answer.get("token", answer)) for answer in answers}
    assert server.seen()[before:] == [200]
    assert server.is_active(token)


@pytest.mark.usefixtures("environ")
def test_threads_that_share_nothing(server: AuthorizationServer) -> None:
    """50 threads of one process, each with a holder and a store of its own, make one request."""
    log_in(server)
    before = len(server.seen())
    with ThreadPoolExecutor(50) as threads:
        users = [
            threads.submit(lambda: holder_of(server.token_endpoint).current()) for _ in range(50)
        ]
    assert len({user.result().secret for user in users}) == 1
    assert asked(server, before) == [200]
    assert_rotates(server)


def _machine(
    island: Island, home: Path, shared: Valkey, environ: Mapping[str, str], opened: ExitStack
) -> dict[str, str]:
    """The variables of another machine: a home and a configuration of its own, the same prefix."""
    (home / "run").mkdir(parents=True)
    port = opened.enter_context(island.reaches(shared.port))
    config = home / "config.toml"
    common = Path(environ["KEYHOLE_CONFIG"]).read_text()
    config.write_text(common.replace(f":{shared.port}/", f":{port}/"))
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "KEYHOLE_CONFIG": str(config)}
    return {**environ, **own}


def test_processes_that_count_up(environ: dict[str, str]) -> None:
    """16 processes that each count up eight times under the hold end at 128."""
    started = [
        subprocess.Popen([sys.executable, "-c", _COUNT], env=environ) for _ in range(COUNTERS)
    ]
    assert [process.wait() for process in started] == [0] * COUNTERS
    record = RealHost().tokens(Machine.real()).read("counter")
    assert record is not None
    assert record.extra["count"] == COUNTERS * 8


def test_a_stopped_holder(environ: dict[str, str], tmp_path: Path) -> None:
    """Past the lease of a stopped process others go on, and what it writes when it wakes is refused."""
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace("lease = 20", "lease = 1"))
    with subprocess.Popen(
        [sys.executable, "-c", _SLEEP],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGSTOP)
        tokens = RealHost().tokens(Machine.real())
        after = TokenRecord(access_token=Secret("fake-after"))
        with tokens.exclusive("slept", timeout=60) as slot:
            slot.replace(after)
        os.kill(holder.pid, signal.SIGCONT)
        holder.stdin.write("go on\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "refused\n"
    assert tokens.read("slept") == after
