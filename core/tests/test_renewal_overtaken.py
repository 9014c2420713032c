"""A renewal whose holder is overtaken, waits, or loses an answer: what is left then.

Each of these was found by mutation testing: a change of `keyhole.renewal` that no other test saw.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from keyhole.errors import (
    InvalidGrantError,
    LeaseError,
    LoginRequiredError,
    NetworkError,
    ServerError,
    StoreError,
)
from keyhole.frozen import evolve
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal, Renewed, UnsavedTokenWarning
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost, fake_machine

KEY = "test|issuer"
HOUR = 3600.0


def record(name: str, ends_at: float = NOW) -> TokenRecord:
    """A record whose token ends at a moment; now, where none is said."""
    return TokenRecord(Secret(name), Secret(f"{name}-refresh"), "Bearer", ends_at, NOW - HOUR)


class Overtaken:
    """One token in a store, where others do what a test says between any two steps.

    Attributes:
        kept: What is kept.
        seen: What whoever looks without holding the key sees; None for what is kept.
        replacing: Is called before each write.
    """

    def __init__(self, kept: TokenRecord) -> None:
        self.host = FakeHost()
        self.tokens = self.host.tokens(fake_machine())
        self.index = self.tokens.index
        self.kept: TokenRecord | None = kept
        self.seen: TokenRecord | None = None
        self.replacing: Callable[[TokenRecord], None] = lambda _: None

    def renewal(self, refresh: Callable[[TokenRecord], Renewed]) -> Renewal:
        """A user of the token."""
        tokens: Any = self
        return Renewal(tokens, KEY, refresh, self.host, about="the API")

    # What a renewal uses of `Tokens`, and of the slot

    def read(self, _key: str) -> TokenRecord | None:
        return self.seen or self.kept

    @contextmanager
    def exclusive(self, _key: str, **_more: Any) -> Iterator[Overtaken]:
        yield self

    @property
    def record(self) -> TokenRecord | None:
        return self.kept

    def replace(self, new: TokenRecord, **_more: Any) -> None:
        self.replacing(new)
        self.kept = new


def test_a_token_that_somebody_else_renewed_is_taken_though_it_is_near_its_end() -> None:
    """Who finds another token than it saw, and a usable one, asks the server for none."""
    world = Overtaken(record("theirs", NOW + 100))
    world.seen = record("mine")

    def refresh(_: TokenRecord) -> Renewed:
        raise AssertionError("the server was asked")

    found = world.renewal(refresh).current()
    assert found.access_token == Secret("theirs")


def refusing(*outcomes: StoreError | None) -> Callable[[TokenRecord], None]:
    """What the next writes come to; all after them are taken."""
    coming = iter(outcomes)

    def replacing(_: TokenRecord) -> None:
        if error := next(coming, None):
            raise error

    return replacing


def test_an_overtaken_holder_keeps_its_token_where_nobody_else_got_one() -> None:
    """Whoever took the key over and wrote nothing leaves the new token the only one: it is kept, and asked for once."""
    world = Overtaken(record("mine"))
    world.replacing = refusing(None, LeaseError("overtaken"))
    got = iter([Renewed(record("new", NOW + HOUR))])
    assert world.renewal(lambda _: next(got)).current() == world.kept
    assert world.kept is not None
    assert world.kept.access_token == Secret("new")


def test_who_is_overtaken_again_and_again_tries_at_the_next_call() -> None:
    """A token that could not be kept twice is an error now, and is kept by the call after it."""
    world = Overtaken(record("mine"))
    world.replacing = refusing(None, LeaseError("overtaken"), LeaseError("overtaken"))
    got = iter([Renewed(record("new", NOW + HOUR))])
    user = world.renewal(lambda _: next(got))
    with pytest.raises(LeaseError):
        user.current()
    assert user.current().access_token == Secret("new")
    assert world.kept is not None
    assert world.kept.access_token == Secret("new")


def test_a_lease_that_is_lost_between_two_attempts_ends_them() -> None:
    """Before the server is asked again it is certain that nobody else asks with the same token: else theirs counts."""
    world = Overtaken(record("mine"))
    theirs = record("theirs", NOW + HOUR)
    asked: list[TokenRecord] = []

    def refresh(spent: TokenRecord) -> Renewed:
        asked.append(spent)
        raise NetworkError("no answer")

    def replacing(_: TokenRecord) -> None:
        if asked:
            world.kept = theirs
            raise LeaseError("overtaken")

    world.replacing = replacing
    assert world.renewal(refresh).current() == theirs
    assert len(asked) == 1


def test_a_token_that_no_store_took_is_dropped_with_its_login() -> None:
    """Where the login was deleted before the token could be kept, nobody is logged in any more."""
    world = Overtaken(record("mine"))
    refused = iter([None, StoreError("the disk is full")])

    def replacing(_: TokenRecord) -> None:
        if error := next(refused):
            raise error

    world.replacing = replacing
    user = world.renewal(lambda _: Renewed(record("new", NOW + HOUR)))
    with pytest.warns(UnsavedTokenWarning):
        assert user.current().access_token == Secret("new")
    world.kept = None
    with pytest.raises(LoginRequiredError):
        user.current()


def test_a_record_that_was_removed_meanwhile_is_no_successor() -> None:
    """Where the login was deleted during a refresh that fails, only a new login helps."""
    world = Overtaken(record("mine"))

    def refresh(_: TokenRecord) -> Renewed:
        world.kept = None
        raise InvalidGrantError("the server answered invalid_grant")

    with pytest.raises(LoginRequiredError):
        world.renewal(refresh).current()


@pytest.mark.parametrize(
    ("error", "lost"), [(ServerError("busy"), False), (NetworkError("cut off"), True)]
)
def test_only_an_answer_that_never_came_leaves_its_mark(error: NetworkError, *, lost: bool) -> None:
    """Who answered did not spend the refresh token; who did not answer may have."""
    world = Overtaken(record("mine"))

    def refresh(_: TokenRecord) -> Renewed:
        raise error

    with pytest.raises(NetworkError):
        world.renewal(refresh).current()
    assert world.kept
    assert (world.kept.attempt is not None) == lost


def test_who_needs_a_token_waits_for_its_holder() -> None:
    """A caller without a usable token waits until another lets go of the key."""
    host = FakeHost()
    tokens = host.tokens(fake_machine())
    with tokens.exclusive(KEY, timeout=1) as slot:
        slot.replace(record("old"))
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with tokens.exclusive(KEY, timeout=1):
            held.set()
            let_go.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    threading.Timer(0.1, let_go.set).start()
    fresh = evolve(record("new", NOW + HOUR), issued_at=NOW)
    found = Renewal(tokens, KEY, lambda _: Renewed(fresh), host).current()
    holder.join()
    assert found.access_token == Secret("new")
