"""What the tests share: one Valkey, and stores on it that know nothing of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import attrs
import pytest

from components.valkey import Valkey, valkey
from keyhole_redis_store.address import Address
from keyhole_redis_store.server import Server
from keyhole_redis_store.store import RedisStore

Open = Callable[..., RedisStore]


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """A server for all tests that do it no harm."""
    with valkey() as running:
        yield running


@pytest.fixture
def server(valkey_server: Valkey) -> Server:
    """That server, with names of this test's own."""
    # Its patience is a loaded machine's.
    return Server(Address.parse(valkey_server.url), prefix=f"test-{uuid4().hex}:", timeout=30)


@pytest.fixture
def opens(server: Server) -> Open:
    """Opens a store on it: `opens(lease=1)`."""
    return lambda **changes: RedisStore(attrs.evolve(server, **changes))
