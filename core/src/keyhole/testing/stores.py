"""The tests that every token store passes; a third party inherits them."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import run_state_machine_as_test

from keyhole.misfit import is_kebab
from keyhole.record import Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.store import TokenStore
from keyhole.testing.agreement import Opens, agreement
from keyhole.testing.contract import CANARY
from keyhole.testing.kept import assert_same, is_busy, keep, must, refusal
from keyhole.testing.strategies import keys, records

__all__ = ["Opens", "StoreContract", "agreement"]

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
        """The name is kebab-case and the priority an integer, before and after it was used.

        `[stores] use` and the index name a store: a key is bound to it for good.
        """
        store = opens()
        before = store.name, store.priority
        keep(store, "a", SAMPLE)
        after = store.name, store.priority
        assert after == before, f"{before} became {after}; make both constants of the class"
        assert is_kebab(store.name), f"the name {store.name!r} is not in kebab-case"
        assert type(store.priority) is int, f"the priority {store.priority!r} is no integer"

    def test_it_says_that_it_can_be_used(self, opens: Opens) -> None:
        """The status of a store that works says so, and where it is, within 3 seconds.

        `keyhole stores` asks every store, and a person waits for it.
        """
        began = time.monotonic()
        said = opens().status()
        took = time.monotonic() - began
        assert took < 3, f"status() took {took:.1f} seconds; bound what it asks for"
        assert said.usable, f"status() says {said.state.value}: {said.reason}"
        assert said.where, "status() has no where; name the folder, the server or the service"

    def test_nothing_is_none(self, opens: Opens) -> None:
        """A key that was never written is None, outside and inside of a hold.

        Anything else would be taken for a login.
        """
        store = opens()
        with store.exclusive("never-written", timeout=5) as slot:
            found = store.read("never-written"), slot.record
        assert found == (None, None), "what was never written reads as a record; return None"

    def test_what_is_kept_reads_back(self, opens: Opens) -> None:
        """A record is the same inside the hold, after it, and for who opens the place anew.

        Fields that nobody here knows belong to a newer keyhole, or to another program.
        """
        store = opens()
        with store.exclusive("kept", timeout=5) as slot:
            slot.replace(SAMPLE)
            assert_same(slot.record, SAMPLE, "inside the hold")
        assert_same(store.read("kept"), SAMPLE, "after the hold")
        assert_same(opens().read("kept"), SAMPLE, "in the place opened anew")

    def test_the_last_record_counts(self, opens: Opens) -> None:
        """A second record takes the place of the first.

        The first one's refresh token is spent by then.
        """
        store = opens()
        keep(store, "twice", SAMPLE)
        newer = attrs.evolve(SAMPLE, access_token=Secret("newer"), refresh_token=None)
        keep(store, "twice", newer)
        assert_same(opens().read("twice"), newer, "after a second replace")

    def test_what_is_deleted_is_gone(self, opens: Opens) -> None:
        """A deleted record is None for everybody, and deleting nothing is no error.

        A logout that leaves a token behind is none.
        """
        store = opens()
        keep(store, "deleted", SAMPLE)
        with store.exclusive("deleted", timeout=5) as slot:
            slot.delete()
            left = slot.record
            must(slot.delete, "deleting what is not there must do nothing")
        gone = left is None and opens().read("deleted") is None
        assert gone, "a deleted record can still be read"

    def test_a_hold_sees_what_others_wrote(self, opens: Opens) -> None:
        """The record inside a hold is what another wrote before, not what this one knew.

        That is how one refresh serves everybody: who waited adopts what the other one got.
        """
        mine, others = opens(), opens()
        keep(mine, "seen", SAMPLE)
        newer = attrs.evolve(SAMPLE, access_token=Secret("theirs"))
        keep(others, "seen", newer)
        with mine.exclusive("seen", timeout=5) as slot:
            assert_same(slot.record, newer, "in a hold after another's write")

    def test_one_holds_a_key(self, opens: Opens) -> None:
        """While one holds a key, another is told that it is busy, and may hold another key.

        Two who refresh one token at a time lose it.
        """
        mine, others = opens(), opens()
        with mine.exclusive("held", timeout=5):
            assert is_busy(others, "held", 0), (
                "two hold one key at a time; exclusive must raise BusyError for the second"
            )
            assert not is_busy(others, "free", 5), "a key that nobody holds is busy; lock each key"
        assert not is_busy(others, "held", 5), "a key is still held after its holder left"

    def test_waiting_ends(self, opens: Opens) -> None:
        """Who waits for a key gives up when its time is over, and not before.

        The one who holds it is about to bring the token that everybody needs.
        """
        mine, others = opens(), opens()
        with mine.exclusive("held", timeout=5):
            began = time.monotonic()
            busy = is_busy(others, "held", 0.5)
            waited = time.monotonic() - began
        assert busy, "two hold one key at a time; exclusive must raise BusyError for the second"
        assert waited > 0.4, "it gave up before its timeout was over; wait that long for the key"
        assert waited < 5, "it waited much longer than its timeout; give up when that is over"

    def test_an_error_lets_go(self, opens: Opens) -> None:
        """A hold that ends with an error is let go of, and what was kept stays.

        Errors are common while a token is renewed: the network is away.
        """
        store = opens()
        keep(store, "error", SAMPLE)
        with pytest.raises(ZeroDivisionError), store.exclusive("error", timeout=5):
            raise ZeroDivisionError
        assert not is_busy(opens(), "error", 0), (
            "an error inside the hold left the key held; let go of it in a finally"
        )
        assert_same(opens().read("error"), SAMPLE, "after an error inside a hold")

    def test_a_hold_may_end_on_another_thread(self, opens: Opens) -> None:
        """A hold that was taken on one thread is let go of on another.

        Callers that are coroutines hold it over many threads.
        """
        store = opens()
        stack = ExitStack()
        taker = threading.Thread(
            target=lambda: stack.enter_context(store.exclusive("moved", timeout=5))
        )
        taker.start()
        taker.join()
        must(stack.close, "let go of a hold on whatever thread it ends")
        assert not is_busy(opens(), "moved", 0), "a hold that ended elsewhere still holds its key"

    def test_nothing_is_lost_between_threads(self, opens: Opens) -> None:
        """Eight threads that each count up four times under the hold end at thirty-two.

        A record that was read before the key was held is old already.
        """
        workers = [threading.Thread(target=_count_up, args=(opens(), 4)) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        counted = opens().read("counter")
        assert counted is not None
        assert counted.extra["count"] == 32, (
            "changes were lost; read the record after the key is held, and for each hold anew"
        )

    def test_a_large_record_is_whole_or_refused(self, opens: Opens) -> None:
        """A record of 100 kB is kept whole, or refused with the old one intact.

        Keyrings have limits that they don't tell of.
        """
        store = opens()
        keep(store, "large", SAMPLE)
        large = attrs.evolve(SAMPLE, extra=Extra({"filler": "x" * 100_000}))
        refused = refusal(store, "large", large)
        assert refused is None or refused.remedy, "the StoreError has no remedy"
        expected, when = (large, "kept") if refused is None else (SAMPLE, "refused")
        assert_same(opens().read("large"), expected, f"after a large record was {when}")

    def test_no_secret_shows(self, opens: Opens) -> None:
        """Nothing that a store says of itself contains a secret that it keeps.

        A store's repr stands in tracebacks, and its status on screens.
        """
        store = opens()
        keep(store, "shown", SAMPLE)
        with store.exclusive("shown", timeout=5) as slot:
            texts = {"the store": repr(store), "a slot": repr(slot), "a record": repr(slot.record)}
        texts["the status"] = repr(store.status())
        shown = [name for name, text in texts.items() if CANARY in text]
        assert not shown, (
            f"the repr of {' and '.join(shown)} shows a secret; keep the text in a Secret"
        )

    def test_every_record_under_every_key(self, opens: Opens) -> None:
        """Whatever a record and a key hold, the record reads back under that key.

        Keys are URLs and names that people chose; records are what servers sent.
        """
        store = opens()

        @settings(
            deadline=None,
            database=None,
            max_examples=self.examples,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(keys(), records())
        def reads_back(key: str, record: TokenRecord) -> None:
            must(lambda: keep(store, key, record), "any text is a key")
            assert_same(store.read(key), record, "under a key of any characters")

        reads_back()

    def test_it_agrees_with_a_model(self, opens: Opens) -> None:
        """After any sequence of steps the store holds what a dictionary would.

        Keys that differ only in case are two, and no write reaches another key.
        """
        run_state_machine_as_test(
            agreement(opens),
            settings=settings(
                deadline=None,
                database=None,
                max_examples=self.examples // 2,
                stateful_step_count=12,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )


def _count_up(store: TokenStore, times: int) -> None:
    for _ in range(times):
        with store.exclusive("counter", timeout=300) as slot:
            counted: Any = slot.record.extra["count"] if slot.record else 0
            slot.replace(TokenRecord(extra=Extra({"count": counted + 1})))
