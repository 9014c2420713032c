"""`key_value()` does what py-key-value-aio's own store in memory does, over keyhole's stores."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from key_value.aio.errors import InvalidTTLError, SerializationError
from key_value.aio.protocols import AsyncKeyValue
from key_value.aio.stores.memory import MemoryStore

from keyhole.errors import StoreError
from keyhole.machine import Machine
from keyhole.record import Extra, TokenRecord
from keyhole.testing import CANARY, FakeHost, fake_machine
from keyhole_mcp.storage import KeyValue, key_value

OVER = 1e-6
"""A TTL that is over when the next line is reached."""

KEYS = st.sampled_from(["", "a", "https://mcp.acme.example/mcp/tokens", "ключ", "a|b", "\ud800"])
COLLECTIONS = st.sampled_from([None, "default_collection", "one", "two", "a|b"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
VALUES = st.dictionaries(st.text(), JSON, max_size=3)
TTLS = st.sampled_from([None, OVER, 3600, 3600.5])


class RealTime:
    """A host of the tests whose clock goes, as the other store's does."""

    def __init__(self) -> None:
        self.fake = FakeHost()

    def now(self) -> float:
        """The clock."""
        return time.time()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fake, name)


def value_store(host: Any, account: str = "") -> KeyValue:
    """A store on a machine of the tests."""

    def look() -> Machine:
        return fake_machine(files=host.files)

    return key_value(account, look, host)


class Agreement(RuleBasedStateMachine):
    """Whatever is asked of both, both answer the same."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ours: AsyncKeyValue = value_store(RealTime())
        self.theirs: AsyncKeyValue = MemoryStore()

    def teardown(self) -> None:
        self.runner.close()

    def both(self, method: str, *arguments: Any, **named: Any) -> tuple[Any, Any]:
        """What both say."""
        ours, theirs = (
            self.runner.run(getattr(store, method)(*arguments, **named))
            for store in (self.ours, self.theirs)
        )
        return ours, theirs

    def agree(self, method: str, *arguments: Any, **named: Any) -> None:
        """Both say the same."""
        ours, theirs = self.both(method, *arguments, **named)
        assert ours == theirs

    @rule(key=KEYS, value=VALUES, collection=COLLECTIONS, ttl=TTLS)
    def put(self, key: str, value: dict[str, Any], collection: str | None, ttl: Any) -> None:
        self.agree("put", key, value, collection=collection, ttl=ttl)

    @rule(keys=st.lists(KEYS, max_size=4), value=VALUES, collection=COLLECTIONS, ttl=TTLS)
    def put_many(
        self, keys: list[str], value: dict[str, Any], collection: str | None, ttl: Any
    ) -> None:
        values = [{**value, "number": number} for number in range(len(keys))]
        self.agree("put_many", keys, values, collection=collection, ttl=ttl)

    @rule(key=KEYS, collection=COLLECTIONS)
    def get(self, key: str, collection: str | None) -> None:
        self.agree("get", key, collection=collection)

    @rule(keys=st.lists(KEYS, max_size=4), collection=COLLECTIONS)
    def get_many(self, keys: list[str], collection: str | None) -> None:
        self.agree("get_many", keys, collection=collection)

    @rule(keys=st.lists(KEYS, max_size=4), collection=COLLECTIONS)
    def ttl_many(self, keys: list[str], collection: str | None) -> None:
        for ours, theirs in zip(*self.both("ttl_many", keys, collection=collection), strict=True):
            assert ours[0] == theirs[0]
            assert ours[1] == pytest.approx(theirs[1], abs=60)

    @rule(key=KEYS, collection=COLLECTIONS)
    def ttl(self, key: str, collection: str | None) -> None:
        ours, theirs = self.both("ttl", key, collection=collection)
        assert ours[0] == theirs[0]
        assert ours[1] == pytest.approx(theirs[1], abs=60)

    @rule(key=KEYS, collection=COLLECTIONS)
    def delete(self, key: str, collection: str | None) -> None:
        self.agree("delete", key, collection=collection)

    @rule(keys=st.lists(KEYS, max_size=4), collection=COLLECTIONS)
    def delete_many(self, keys: list[str], collection: str | None) -> None:
        self.agree("delete_many", keys, collection=collection)


Agreement.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestAgreement = Agreement.TestCase


@pytest.fixture
def host() -> FakeHost:
    """What the values are kept by."""
    return FakeHost()


@pytest.mark.parametrize("ttl", [0, -1, True, "soon", math.nan, math.inf])
def test_a_lifetime_that_is_none_is_refused(host: FakeHost, ttl: Any) -> None:
    """What is no number of seconds above zero is the library's own error, and nothing is kept."""
    with pytest.raises(InvalidTTLError):
        asyncio.run(value_store(host).put("a", {}, ttl=ttl))
    assert not host.files


@pytest.mark.parametrize("value", [{"a": object()}, {"a": {1, 2}}, {1: "a"}])
def test_a_value_that_json_can_t_hold_is_refused(host: FakeHost, value: Any) -> None:
    """It is the library's own error, nothing of the value shows, and nothing is kept."""
    value = {**value, "token": CANARY}
    with pytest.raises(SerializationError) as caught:
        asyncio.run(value_store(host).put("a", value))
    assert CANARY not in str(caught.value)
    assert not host.files


def test_as_many_values_as_keys(host: FakeHost) -> None:
    """Another number of values is an error before anything is kept."""
    with pytest.raises(ValueError, match="argument"):
        asyncio.run(value_store(host).put_many(["a", "b"], [{}]))
    assert not host.files


def test_a_value_ends_by_the_host_s_clock(host: FakeHost) -> None:
    """It is there until its seconds are over, also for a store that was opened later."""
    asyncio.run(value_store(host).put("a", {"token": "fake"}, ttl=60))
    host.time += 59
    assert asyncio.run(value_store(host).ttl("a")) == ({"token": "fake"}, 1.0)
    host.time += 1
    assert asyncio.run(value_store(host).ttl("a")) == (None, None)


def test_nothing_secret_is_in_the_index(host: FakeHost) -> None:
    """Neither a value nor a key, which may be a URL with a secret in it, is written beside a store."""
    asyncio.run(
        value_store(host).put(f"https://{CANARY}/", {"access_token": CANARY}, collection="tokens")
    )
    assert "key-value collection tokens" in str(host.files)
    assert CANARY not in str(host.files)


def test_accounts_are_kept_apart(host: FakeHost) -> None:
    """What one account keeps, another neither sees nor removes."""
    ada, bob = value_store(host, "ada"), value_store(host, "bob")
    asyncio.run(ada.put("a", {"whose": "ada"}))
    assert asyncio.run(bob.get("a")) is None
    assert not asyncio.run(bob.delete("a"))
    assert asyncio.run(ada.get("a")) == {"whose": "ada"}


@pytest.mark.parametrize("field", [None, CANARY, 7, json.dumps([CANARY])])
def test_what_is_no_value_is_an_error(host: FakeHost, field: Any) -> None:
    """A record that something else wrote is an error that shows nothing of it."""
    store = value_store(host)
    asyncio.run(store.put("a", {}))
    (key,) = host.memory._records
    host.memory._records[key] = TokenRecord(extra=Extra({"key-value": field}))
    with pytest.raises(StoreError, match="no value") as caught:
        asyncio.run(store.get("a"))
    assert CANARY not in str(caught.value)
