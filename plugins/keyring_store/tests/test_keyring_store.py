"""The keyring store keeps its contract on every kind of keyring, and says what is wrong with one."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend

from components.keyrings import Breaking, Hanging, Memory, ReadOnly, Refusing, Tight
from keyhole import Secret, TokenRecord
from keyhole.errors import BusyError, StoreError
from keyhole.store import State
from keyhole.testing import StoreContract
from keyhole.testing.stores import Opens
from keyhole_keyring_store import kind
from keyhole_keyring_store import store as store_module
from keyhole_keyring_store.items import Items
from keyhole_keyring_store.store import KeyringStore

SMALL = TokenRecord(access_token=Secret("sk-fake-small"))
CANARY = "sk-fake-canary"


def store(folder: Path, backend: KeyringBackend, timeout: float = 30.0) -> KeyringStore:
    """A store on a keyring, with its locks in a folder."""
    return KeyringStore(folder / "locks", lambda: backend, timeout=timeout)


def keep(on: KeyringStore, key: str, record: TokenRecord) -> None:
    """Keeps a record."""
    with on.exclusive(key, timeout=5) as slot:
        slot.replace(record)


class TestOnAKeyring(StoreContract):
    @pytest.fixture
    def opens(self, tmp_path: Path) -> Opens:
        """Opens one keyring in memory."""
        backend = Memory()
        return lambda: store(tmp_path, backend)


class TestOnAKeyringWithSmallItems(StoreContract):
    @pytest.fixture
    def opens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opens:
        """Opens one keyring whose items are as small as those of Windows."""
        monkeypatch.setattr(kind, "_SMALL_ITEMS", (Tight.__module__,))
        backend = Tight()
        return lambda: store(tmp_path, backend)


class TestOnAChain(StoreContract):
    examples = 10

    @pytest.fixture
    def opens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opens:
        """Opens a chain whose first keyring can't be written to."""
        chained = [ReadOnly(), Memory(), Memory()]
        monkeypatch.setattr(ChainerBackend, "backends", chained)
        chain = ChainerBackend()  # type: ignore[no-untyped-call]  # the library says no types there
        return lambda: store(tmp_path, chain)


def test_no_keyring_of_a_chain_keeps_what_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted from a chain does not come back from a keyring behind the first."""
    first, second = Memory(), Memory()
    for one in (first, second):
        keep(store(tmp_path, one), "key", SMALL)
    monkeypatch.setattr(ChainerBackend, "backends", [first, second])
    chain = store(tmp_path, ChainerBackend())  # type: ignore[no-untyped-call]
    with chain.exclusive("key", timeout=5) as slot:
        slot.delete()
    assert chain.read("key") is None
    assert (first.kept, second.kept) == ({}, {})


# Torn writes


@given(
    old=st.none() | st.text(max_size=400),
    new=st.none() | st.text(max_size=400),
    calls=st.integers(0, 60),
)
@settings(deadline=None)
def test_a_torn_write_leaves_the_old_or_the_new(
    old: str | None, new: str | None, calls: int
) -> None:
    """Wherever a writer is killed, the old text or the new one is read, and the next leaves no scrap."""
    kept: dict[str, str] = {}
    _write(Items(Memory(kept), "key", 200, "memory"), old)
    with suppress(ConnectionResetError):
        _write(Items(Breaking(kept, calls), "key", 200, "memory"), new)
    whole = Items(Memory(kept), "key", 200, "memory")
    found = whole.read()
    assert (found.reveal() if found else None) in (old, new)
    _write(whole, old)
    fresh: dict[str, str] = {}
    _write(Items(Memory(fresh), "key", 200, "memory"), old)
    assert len(kept) == len(fresh)


def _write(items: Items, text: str | None) -> None:
    if text is None:
        items.delete()
    else:
        items.write(Secret(text))
        items.tidy()


@given(
    texts=st.lists(st.text(max_size=400), min_size=1, max_size=4),
    moment=st.integers(0, 12),
)
@settings(deadline=None)
def test_a_reader_sees_a_whole_record_while_others_write(texts: list[str], moment: int) -> None:
    """Who reads without the lock gets one of the texts, however many are written meanwhile."""
    backend = Memory()
    items = Items(backend, "key", 200, "memory")
    _write(items, "the first")
    waiting = iter(texts)

    class Overtaken(Memory):
        calls = 0

        def get_password(self, service: str, username: str) -> str | None:
            self.calls += 1
            if self.calls % (moment + 1) == 0 and (text := next(waiting, None)) is not None:
                _write(items, text)
            return super().get_password(service, username)

    found = Items(Overtaken(backend.kept), "key", 200, "memory").read()
    assert found is not None
    assert found.reveal() in ("the first", *texts)


@pytest.mark.parametrize("damage", ["", "no JSON", "[]", '{"unknown": 1}', '{"parts": 2}'])
def test_what_is_damaged_is_an_error(damage: str, tmp_path: Path) -> None:
    """An item that isn't whole is an error and never "nothing"; a new record may replace it."""
    backend = Memory()
    on = store(tmp_path, backend)
    keep(on, "key", SMALL)
    (name,) = backend.kept
    backend.kept[name] = damage
    with pytest.raises(StoreError, match="not whole"):
        on.read("key")
    keep(on, "key", SMALL)
    assert on.read("key") == SMALL


# Keyrings that hang


def test_a_hung_keyring_is_an_error_in_time(tmp_path: Path) -> None:
    """A keyring that hangs is told after its time; no more calls pile up; it may come back."""
    backend = Hanging()
    on = store(tmp_path, backend, timeout=0.1)
    backend.answers.clear()
    with pytest.raises(StoreError, match=r"did not answer within 0\.1 s"):
        on.read("key")
    threads = threading.active_count()
    for _ in range(5):
        with pytest.raises(StoreError, match="earlier request"):
            on.read("key")
    said = on.status()
    assert threading.active_count() == threads
    assert said.state is State.UNUSABLE
    assert "hangs" in said.reason
    backend.answers.set()
    assert _eventually(lambda: on.status().usable)
    assert on.read("key") is None


def test_a_status_that_is_late_keeps_nobody_from_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring that is too slow for a status may be fast enough for a read, which has more time."""
    monkeypatch.setattr(store_module, "_STATUS_SECONDS", 0.1)
    backend = Hanging()
    on = store(tmp_path, backend)
    backend.answers.clear()
    said = on.status()
    assert said.state is State.UNUSABLE
    assert "[keyring] timeout" in said.remedy
    assert '[stores] use = "keyring"' in said.remedy
    threads = threading.active_count()
    assert "an earlier look" in on.status().reason
    assert threading.active_count() == threads
    threading.Timer(0.3, backend.answers.set).start()
    assert on.read("key") is None


def test_a_child_inherits_no_call_that_hangs(tmp_path: Path) -> None:
    """In a child that was forked while a call hung the keyring is asked anew."""
    backend = Hanging()
    on = store(tmp_path, backend, timeout=0.1)
    backend.answers.clear()
    with pytest.raises(StoreError, match="hangs"):
        on.read("key")
    with warnings.catch_warnings():
        # Newer Pythons warn of a fork beside threads: that there is one is the point.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        try:
            done = on._bounded.call(lambda: True)
            on._bounded.afterwards(lambda: os._exit(0 if done else 1))
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    backend.answers.set()


def test_a_write_that_hangs_keeps_its_hold(tmp_path: Path) -> None:
    """Until a write that hangs has come back nobody else holds the key, so that none is overwritten."""
    backend = Hanging()
    mine, others = store(tmp_path, backend, timeout=0.1), store(tmp_path, backend)
    with pytest.raises(StoreError, match="hangs"), mine.exclusive("key", timeout=5) as slot:
        backend.answers.clear()
        slot.replace(SMALL)
    with pytest.raises(BusyError), others.exclusive("key", timeout=0):
        raise AssertionError("two hold it")
    backend.answers.set()
    with others.exclusive("key", timeout=20) as slot:
        assert slot.record == SMALL


# Keyrings that refuse


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.KeyringLocked, "locked"),
        (errors.InitError, "can't be opened"),
        (errors.NoKeyringError, "no keyring"),
        (errors.PasswordSetError, "refused"),
        (errors.KeyringError, "refused"),
        (OSError, "refused"),
        (RuntimeError, "refused"),
    ],
)
def test_an_error_is_never_nothing(
    error: Callable[[str], Exception], said: str, tmp_path: Path
) -> None:
    """Whatever a keyring raises is an error with a remedy, and what it told is not repeated."""
    on = store(tmp_path, Refusing(lambda: error(f"failed on {CANARY}")))
    status = on.status()
    assert status.state is State.UNUSABLE
    assert said in status.reason
    assert status.remedy
    with pytest.raises(StoreError, match=said) as raised:
        on.read("key")
    assert CANARY not in str(raised.value) + status.reason
    with pytest.raises(StoreError, match=said), on.exclusive("key", timeout=5) as slot:
        slot.replace(SMALL)


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_a_place_holder_is_absent(backend: Callable[[], KeyringBackend], tmp_path: Path) -> None:
    """Where there is no keyring the store is absent, and reading is an error, not "nothing"."""
    on = store(tmp_path, backend())
    assert on.status().state is State.ABSENT
    with pytest.raises(StoreError, match="no keyring"):
        on.read("key")
    with pytest.raises(StoreError), on.exclusive("key", timeout=5) as slot:
        slot.replace(SMALL)


def test_a_backend_that_can_not_be_loaded(tmp_path: Path) -> None:
    """A back-end that is named and can't be loaded makes the store unusable."""

    def chosen() -> KeyringBackend:
        raise ModuleNotFoundError("keyrings.nowhere")

    said = KeyringStore(tmp_path, chosen).status()
    assert said.state is State.UNUSABLE
    assert "ModuleNotFoundError" in said.reason


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    """Where the lock can't be made, that is said, and nothing is written."""
    (tmp_path / "locks").touch()
    backend = Memory()
    with pytest.raises(StoreError, match="lock files"):
        keep(store(tmp_path, backend), "key", SMALL)
    assert backend.kept == {}


# What is said of a keyring


def test_a_third_partys_keyring_is_named(tmp_path: Path) -> None:
    """A back-end that isn't known is named by its class, and not called protected."""
    said = store(tmp_path, Memory()).status()
    assert said.where == "components.keyrings.Memory"
    assert not said.protected


def test_each_of_a_chain_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a chain of back-ends each is named, and each must work."""
    chain = ChainerBackend()  # type: ignore[no-untyped-call]  # the library says no types there
    monkeypatch.setattr(ChainerBackend, "backends", [Memory(), Tight()])
    assert store(tmp_path, chain).status().where.count("components.keyrings.") == 2
    monkeypatch.setattr(ChainerBackend, "backends", [Memory(), Refusing(errors.KeyringLocked)])
    assert store(tmp_path, chain).status().state is State.UNUSABLE


@given(st.text(), st.text())
def test_keys_do_not_show(key: str, other: str) -> None:
    """The names of items are ASCII, short, apart for different keys, and don't hold the key."""
    kept: dict[str, str] = {}
    for one in (key, other):
        Items(Memory(kept), one, 200, "memory").write(Secret(""))
    assert len(kept) == len({key, other})
    assert all(name.isascii() and len(name) < 100 for name in kept)


def _eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()
