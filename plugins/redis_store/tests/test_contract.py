"""The store is one: on a real Valkey, and on a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from components.debian import debian
from components.valkey import valkey
from keyhole.testing import StoreContract
from keyhole.testing.stores import Opens
from keyhole_redis_store.address import Address
from keyhole_redis_store.server import Server
from keyhole_redis_store.store import RedisStore


class TestRedisStoreOnValkey(StoreContract):
    """The contract, over TCP."""


@pytest.fixture(scope="module")
def redis() -> Iterator[Address]:
    """The address of a Redis, Debian's."""
    with valkey(program=debian("redis-server", "redis-server")) as running:
        address = Address.parse(running.url)
        assert address is not None
        yield address


@pytest.mark.real
class TestRedisStoreOnRedis(StoreContract):
    """The contract, over TCP."""

    examples = 10

    @pytest.fixture
    def opens(self, redis: Address) -> Opens:
        """Opens a store of this test's own on it."""
        server = Server(redis, prefix=f"test-{uuid4().hex}:", timeout=30)
        return lambda: RedisStore(server)
