"""Reading and writing one record, in each store that can be started here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import Group, calls, in_turn
from keyhole.record import TokenRecord
from keyhole.secret import Secret

RECORD = TokenRecord(access_token=Secret("fake"), refresh_token=Secret("fake"), expires_at=2e9)
COUNT = 20


def measure(rounds: int) -> Group:
    with ExitStack() as stack:
        sides: dict[str, Callable[[], float]] = {}
        for name, opened in (("memory", _memory), ("file", _file), ("redis", _redis)):
            with suppress(ImportError):
                store = stack.enter_context(opened())
                sides[f"{name}, read"] = calls(partial(store.read, "a"), COUNT)
                sides[f"{name}, write"] = calls(partial(_write, store), COUNT)
                _write(store)
        note = (
            "Time of this process: what a disk or a server does meanwhile is not in it. "
            "A write takes the lock, reads, writes and reads back."
        )
        return Group("stores", "Token stores", "µs", in_turn(sides, max(3, rounds // 3)), note)


def _write(store: Any) -> None:
    with store.exclusive("a", timeout=30) as slot:
        slot.replace(RECORD)


@contextmanager
def _memory() -> Iterator[Any]:
    from keyhole.stores.memory import MemoryStore

    yield MemoryStore()


@contextmanager
def _file() -> Iterator[Any]:
    from keyhole.stores.file import FileStore

    with tempfile.TemporaryDirectory() as folder:
        yield FileStore(Path(folder, "tokens"))


@contextmanager
def _redis() -> Iterator[Any]:
    from components.valkey import valkey
    from keyhole_redis_store.address import Address
    from keyhole_redis_store.server import Server
    from keyhole_redis_store.store import RedisStore

    with valkey() as running:
        yield RedisStore(Server(Address.parse(running.url), prefix="benchmark:", timeout=30))
