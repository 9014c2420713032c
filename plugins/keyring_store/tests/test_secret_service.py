"""The keyring store on a real Secret Service: gnome-keyring on a session bus of its own."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.SecretService import Keyring

from components.eavesdropper import overheard
from components.keyrings import Memory
from components.secret_service import Desktop, process_of
from keyhole import Secret, TokenRecord
from keyhole.errors import StoreError
from keyhole.testing import StoreContract
from keyhole.testing.stores import Opens
from keyhole_keyring_store.store import KeyringStore

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

LARGE = TokenRecord(access_token=Secret("sk-fake-" + "x" * 40_000))
COUNT_UP = """
import sys
from pathlib import Path
from keyhole import TokenRecord
from keyhole.record import Extra
from keyhole_keyring_store.store import KeyringStore
store = KeyringStore(Path(sys.argv[1]), timeout=60)
for _ in range(4):
    with store.exclusive("counter", timeout=300) as slot:
        counted = slot.record.extra["count"] if slot.record else 0
        slot.replace(TokenRecord(extra=Extra({"count": counted + 1})))
"""
LOOK = """
import json, sys
from pathlib import Path
import keyring
from keyhole.errors import StoreError
from keyhole_keyring_store.store import KeyringStore
keyring.get_keyring()  # what is imported and looked for once is not what may hang
store = KeyringStore(Path(sys.argv[1]), timeout=60)
said = store.status()
found = {"state": said.state.value, "reason": said.reason, "where": said.where,
         "protected": said.protected}
try:
    record = store.read("counter")
    found["count"] = record.extra["count"] if record else None
except StoreError as error:
    found["error"] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Desktop:
    """A user's desktop."""
    return Desktop(tmp_path_factory.mktemp("desktop"))


@pytest.fixture(scope="module")
def session(desktop: Desktop) -> Iterator[Mapping[str, str]]:
    """A session in which the keyring is unlocked."""
    with desktop.session() as environ:
        yield environ


class TestOnGnomeKeyring(StoreContract):
    examples = 10

    @pytest.fixture
    def opens(
        self, session: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Opens:
        """Opens the session's keyring."""
        enter(session, monkeypatch)
        return lambda: KeyringStore(tmp_path, keyring, timeout=60)


def test_nothing_is_lost_between_processes_and_sessions(tmp_path: Path) -> None:
    """Eight processes that count up four times each end at 32, also for the next session."""
    desktop = Desktop(tmp_path)
    with desktop.session() as environ:
        command = [sys.executable, "-c", COUNT_UP, str(tmp_path / "locks")]
        running = [subprocess.Popen(command, env=dict(environ)) for _ in range(8)]
        assert [process.wait() for process in running] == [0] * 8
    with desktop.session() as environ:
        found = look(environ)
    assert found.get("count") == 32, found
    assert found["where"] == "Secret Service"
    assert found["protected"]


def test_a_locked_keyring_is_unusable(tmp_path: Path) -> None:
    """A keyring that is locked is said to be so at once, and reading it is an error."""
    desktop = Desktop(tmp_path)
    with desktop.session():
        pass
    with desktop.session(password=None) as environ:
        found = look(environ)
    assert found["state"] == "unusable"
    assert "locked" in found["reason"]
    assert found["error"]


def test_a_desktop_that_has_no_keyring_yet(tmp_path: Path) -> None:
    """Before the first keyring was created the store is unusable, and says so."""
    with Desktop(tmp_path).session(password=None) as environ:
        found = look(environ)
    assert found["state"] == "unusable"
    assert "can't be opened" in found["reason"]


def test_without_a_keyring_service(tmp_path: Path) -> None:
    """Without a bus, and on a bus where nothing keeps secrets, the store is absent."""
    desktop = Desktop(tmp_path)
    assert look(desktop.environ)["state"] == "absent"
    with desktop.without_keyring() as environ:
        assert look(environ)["state"] == "absent"


def test_the_first_question_is_harmless(
    session: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each use of the store is one client, that asks for an alias first and for none by its path."""
    enter(session, monkeypatch)
    store = KeyringStore(tmp_path, keyring, timeout=60)
    with overheard(session) as calls:
        assert store.status().usable
        with store.exclusive("asked", timeout=5) as slot:
            slot.replace(LARGE)
        assert store.read("asked") == LARGE
    clients = [list(asked) for _, asked in groupby(calls, key=lambda call: call.sender)]
    assert [asked[0].member for asked in clients] == ["ReadAlias"] * 3
    assert not [call for call in calls if "/aliases/" in call.path]


def test_a_service_that_hangs(
    session: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring that hangs is unusable within 3 seconds, never "nothing", and is used when it is back."""
    enter(session, monkeypatch)
    store = KeyringStore(tmp_path, keyring, timeout=2.5)
    assert store.read("hung") is None
    with stopped(process_of(session)):
        said = store.status()
        assert (said.usable, "did not answer within 2.5 s" in said.reason) == (False, True)
        with pytest.raises(StoreError, match="hangs"):
            store.read("hung")
    eventually(lambda: store.status().usable)
    assert store.read("hung") is None


def test_nothing_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that can't be used says so and leaves no file open: without a keyring, and without a service."""
    desktop = Desktop(tmp_path)
    with desktop.without_keyring() as environ:
        enter(environ, monkeypatch)
        assert left_open_by("there is no keyring service") == 0
    with desktop.session(password=None) as environ:
        enter(environ, monkeypatch)
        assert left_open_by("can't be opened") == 0
    assert left_open_by("there is no keyring service") == 0


def test_a_chain_with_a_secret_service(
    session: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a chain of keyrings the Secret Service keeps what is written, and the others are read too."""
    enter(session, monkeypatch)
    behind = Memory()
    with KeyringStore(tmp_path, lambda: behind).exclusive("behind", timeout=5) as slot:
        slot.replace(LARGE)
    monkeypatch.setattr(ChainerBackend, "backends", [keyring(), behind])
    store = KeyringStore(tmp_path, ChainerBackend, timeout=60)
    assert store.read("behind") == LARGE
    with store.exclusive("chained", timeout=5) as slot:
        slot.replace(LARGE)
    assert KeyringStore(tmp_path, keyring, timeout=60).read("chained") == LARGE


def keyring() -> Keyring:
    """The library's back-end."""
    return Keyring()  # type: ignore[no-untyped-call]  # the library says no types there


def enter(environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes this process one of a session's."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@contextmanager
def stopped(process: int) -> Iterator[None]:
    """Stops a process for a while."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def eventually(true: Callable[[], bool]) -> None:
    """Waits until it is true."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.01)


def left_open_by(said: str) -> int:
    """How many files uses that fail leave open, while nothing collects garbage."""
    store = KeyringStore(Path("unused"), keyring, timeout=60)
    gc.collect()
    gc.disable()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(5):
            assert said in store.status().reason
            with pytest.raises(StoreError, match=said):
                store.read("anything")
        return len(list(Path("/proc/self/fd").iterdir())) - before
    finally:
        gc.enable()


def look(environ: Mapping[str, str]) -> dict[str, Any]:
    """What a program sees of its keyring."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, f"{environ['HOME']}/locks"],
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
