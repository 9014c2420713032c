"""The tests that every token store passes; a third party inherits them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar, TypeAlias

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from keyhole.errors import BusyError, StoreError
from keyhole.misfit import is_kebab
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.store import TokenStore
from keyhole.testing.contract import CANARY
from keyhole.testing.strategies import keys, records

__all__ = ["Opens", "StoreContract", "agreement"]

Opens: TypeAlias = Callable[[], TokenStore]
"""Opens one and the same place, each time anew."""

SAMPLE = TokenRecord(
    access_token=Secret(f"access-{CANARY}"),
    refresh_token=Secret(f"refresh-{CANARY}"),
    expires_at=1_800_000_000.0,
    extra=Extra({"issuer": "https://issuer.example", "client_secret": f"client-{CANARY}"}),
)


class StoreContract:
    """Inherit this in a test class, and give it a fixture `opens`.

    Attributes:
        examples: How many examples each property is tried with.

    Example:
        >>> class TestAcmeStore(StoreContract):
        ...     @pytest.fixture
        ...     def opens(self, tmp_path):
        ...         return lambda: AcmeStore(tmp_path)
    """

    examples: ClassVar[int] = 30

    def test_its_name_and_priority_are_static(self, opens: Opens) -> None:
        """The name is kebab-case and the priority an integer, before and after it was used."""
        store = opens()
        before = store.name, store.priority
        _keep(store, "a", SAMPLE)
        assert (store.name, store.priority) == before
        assert is_kebab(store.name)
        assert type(store.priority) is int

    def test_it_says_that_it_can_be_used(self, opens: Opens) -> None:
        """The status of a store that works says so, and where it is, within 3 seconds."""
        began = time.monotonic()
        said = opens().status()
        assert time.monotonic() - began < 3
        assert said.usable, said
        assert said.where

    def test_nothing_is_none(self, opens: Opens) -> None:
        """A key that was never written is None, outside and inside of a hold."""
        store = opens()
        assert store.read("never-written") is None
        with store.exclusive("never-written", timeout=5) as slot:
            assert slot.record is None

    def test_what_is_kept_reads_back(self, opens: Opens) -> None:
        """A record is the same inside the hold, after it, and for who opens the place anew."""
        store = opens()
        with store.exclusive("kept", timeout=5) as slot:
            slot.replace(SAMPLE)
            assert slot.record == SAMPLE
        assert store.read("kept") == SAMPLE
        assert opens().read("kept") == SAMPLE

    def test_the_last_record_counts(self, opens: Opens) -> None:
        """A second record takes the place of the first."""
        store = opens()
        _keep(store, "twice", SAMPLE)
        newer = attrs.evolve(SAMPLE, access_token=Secret("newer"), refresh_token=None)
        _keep(store, "twice", newer)
        assert opens().read("twice") == newer

    def test_what_is_deleted_is_gone(self, opens: Opens) -> None:
        """A deleted record is None for everybody, and deleting nothing is no error."""
        store = opens()
        _keep(store, "deleted", SAMPLE)
        with store.exclusive("deleted", timeout=5) as slot:
            slot.delete()
            assert slot.record is None
            slot.delete()
        assert opens().read("deleted") is None

    def test_a_hold_sees_what_others_wrote(self, opens: Opens) -> None:
        """The record inside a hold is what another wrote before, not what this one knew."""
        mine, others = opens(), opens()
        _keep(mine, "seen", SAMPLE)
        newer = attrs.evolve(SAMPLE, access_token=Secret("theirs"))
        _keep(others, "seen", newer)
        with mine.exclusive("seen", timeout=5) as slot:
            assert slot.record == newer

    def test_one_holds_a_key(self, opens: Opens) -> None:
        """While one holds a key, another is told that it is busy, and may hold another key."""
        mine, others = opens(), opens()
        with mine.exclusive("held", timeout=5):
            with pytest.raises(BusyError), others.exclusive("held", timeout=0):
                raise AssertionError("two hold it")
            with others.exclusive("free", timeout=5) as slot:
                assert slot.record is None
        with others.exclusive("held", timeout=5):
            pass

    def test_waiting_ends(self, opens: Opens) -> None:
        """Who waits for a key gives up when its time is over, and not before."""
        mine, others = opens(), opens()
        with mine.exclusive("held", timeout=5):
            began = time.monotonic()
            with pytest.raises(BusyError), others.exclusive("held", timeout=0.5):
                raise AssertionError("two hold it")
            assert 0.4 < time.monotonic() - began < 5

    def test_an_error_lets_go(self, opens: Opens) -> None:
        """A hold that ends with an error is let go of, and what was kept stays."""
        store = opens()
        _keep(store, "error", SAMPLE)
        with pytest.raises(ZeroDivisionError), store.exclusive("error", timeout=5):
            raise ZeroDivisionError
        with opens().exclusive("error", timeout=0) as slot:
            assert slot.record == SAMPLE

    def test_a_hold_may_end_on_another_thread(self, opens: Opens) -> None:
        """A hold that was taken on one thread is let go of on another."""
        store = opens()
        stack = ExitStack()
        taker = threading.Thread(
            target=lambda: stack.enter_context(store.exclusive("moved", timeout=5))
        )
        taker.start()
        taker.join()
        stack.close()
        with opens().exclusive("moved", timeout=0):
            pass

    def test_nothing_is_lost_between_threads(self, opens: Opens) -> None:
        """Eight threads that each count up four times under the hold end at thirty-two."""
        workers = [threading.Thread(target=_count_up, args=(opens(), 4)) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        counted = opens().read("counter")
        assert counted is not None
        assert counted.extra["count"] == 32

    def test_a_large_record_is_whole_or_refused(self, opens: Opens) -> None:
        """A record of 100 kB is kept whole, or refused with the old one intact."""
        store = opens()
        _keep(store, "large", SAMPLE)
        large = attrs.evolve(SAMPLE, extra=Extra({"filler": "x" * 100_000}))
        refused = _refusal(store, "large", large)
        assert refused is None or refused.remedy
        assert opens().read("large") == (large if refused is None else SAMPLE)

    def test_no_secret_shows(self, opens: Opens) -> None:
        """Nothing that a store says of itself contains a secret that it keeps."""
        store = opens()
        _keep(store, "shown", SAMPLE)
        with store.exclusive("shown", timeout=5) as slot:
            texts = [repr(store), repr(slot), repr(slot.record), repr(store.read("shown"))]
        texts += [repr(store.status()), json.dumps(attrs.asdict(SAMPLE), default=str)]
        assert CANARY not in "\n".join(texts)

    def test_every_record_under_every_key(self, opens: Opens) -> None:
        """Whatever a record and a key hold, the record reads back under that key."""
        store = opens()

        @settings(deadline=None, database=None, max_examples=self.examples)
        @given(keys(), records())
        def reads_back(key: str, record: TokenRecord) -> None:
            _keep(store, key, record)
            assert store.read(key) == record

        reads_back()

    def test_it_agrees_with_a_model(self, opens: Opens) -> None:
        """After any sequence of steps the store holds what a dictionary would."""
        run_state_machine_as_test(
            agreement(opens),
            settings=settings(
                deadline=None,
                database=None,
                max_examples=self.examples // 2,
                stateful_step_count=12,
            ),
        )


def agreement(opens: Opens) -> type[RuleBasedStateMachine]:
    """A state machine that compares a store with a dictionary.

    Args:
        opens: Opens the store; each run of the machine uses keys of its own.
    """
    runs = iter(range(1_000_000))
    names = st.sampled_from(["a", "b", "A", "a/b"])

    class Agreement(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.run = next(runs)
            self.store = opens()
            self.model: dict[str, TokenRecord] = {}

        @rule(name=names, record=records())
        def replace(self, name: str, record: TokenRecord) -> None:
            _keep(self.store, self.key(name), record)
            self.model[name] = record

        @rule(name=names)
        def delete(self, name: str) -> None:
            with self.store.exclusive(self.key(name), timeout=5) as slot:
                slot.delete()
            self.model.pop(name, None)

        @rule(name=names)
        def read(self, name: str) -> None:
            assert self.store.read(self.key(name)) == self.model.get(name)

        @rule(name=names)
        def hold(self, name: str) -> None:
            with self.store.exclusive(self.key(name), timeout=5) as slot:
                assert slot.record == self.model.get(name)

        @rule()
        def open_anew(self) -> None:
            self.store = opens()

        def key(self, name: str) -> str:
            return f"run-{self.run}:{name}"

    return Agreement


def _keep(store: TokenStore, key: str, record: TokenRecord) -> None:
    with store.exclusive(key, timeout=5) as slot:
        slot.replace(record)


def _refusal(store: TokenStore, key: str, record: TokenRecord) -> StoreError | None:
    try:
        _keep(store, key, record)
    except StoreError as error:
        return error
    return None


def _count_up(store: TokenStore, times: int) -> None:
    for _ in range(times):
        with store.exclusive("counter", timeout=60) as slot:
            counted: Any = slot.record.extra["count"] if slot.record else 0
            slot.replace(TokenRecord(extra=Extra({"count": counted + 1})))
