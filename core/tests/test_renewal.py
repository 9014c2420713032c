"""A kept token is renewed once, adopted by everybody else, and ended by nobody but its server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import attempts, renewal
from keyhole.attempts import ATTEMPTS, BACK_OFF
from keyhole.errors import (
    BusyError,
    InvalidGrantError,
    KeyholeError,
    LeaseError,
    LoginRequiredError,
    NetworkError,
    OAuthError,
    ServerError,
    StoreError,
)
from keyhole.index import Entry
from keyhole.record import Attempt, Extra, TokenRecord
from keyhole.renewal import Renewal, Renewed, UnsavedTokenWarning
from keyhole.secret import Secret
from keyhole.store import Slot
from keyhole.testing import NOW, FakeHost, fake_machine
from keyhole.tokens import Tokens

KEY = "test|issuer"
HOUR = 3600.0


class Issuer:
    """A server that rotates refresh tokens, and ends the whole login when one is used twice.

    `outcomes` are what the next refreshes end with instead: an error before or ("after") after
    the rotation was committed. `ahead` is how far its clock is ahead of the host's.
    """

    def __init__(self, host: FakeHost, lifetime: float = HOUR) -> None:
        self.host = host
        self.lifetime = lifetime
        self.ahead = 0.0
        self.ended = False
        self.count = 0
        self.asked = 0
        self.outcomes: list[Exception | tuple[str, Exception]] = []

    def grant(self) -> Renewed:
        self.count += 1
        now = self.host.now() + self.ahead
        record = TokenRecord(
            access_token=Secret(f"access-{self.count}"),
            refresh_token=Secret(f"refresh-{self.count}"),
            issued_at=now,
            expires_at=now + self.lifetime,
        )
        return Renewed(record, self.ahead)

    def refresh(self, record: TokenRecord) -> Renewed:
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if self.ended or record.refresh_token != Secret(f"refresh-{self.count}"):
            self.ended = True
            raise InvalidGrantError("the server answered invalid_grant (HTTP 400)")
        renewed = self.grant()
        if outcome is not None:
            raise outcome[1]
        return attrs.evolve(renewed, record=attrs.evolve(renewed.record, extra=record.extra))


@attrs.define
class World:
    """A host, a server, and as many users of one token as are wanted."""

    host: FakeHost
    issuer: Issuer
    tokens: Tokens

    def renewal(self, **more: Any) -> Renewal:
        """Another user of the token."""
        return Renewal(self.tokens, KEY, self.issuer.refresh, self.host, about="the API", **more)

    def log_in(self) -> TokenRecord:
        """Keeps a first token."""
        granted = self.issuer.grant()
        with self.tokens.exclusive(KEY, about="the API", timeout=1) as slot:
            slot.replace(granted.record, skew=granted.skew)
        return granted.record

    def kept(self) -> TokenRecord:
        """What is kept."""
        record = self.tokens.read(KEY)
        assert record is not None
        return record


def new_world(lifetime: float = HOUR) -> World:
    """A world where nobody has logged in."""
    host = FakeHost()
    return World(host, Issuer(host, lifetime), host.tokens(fake_machine()))


@pytest.fixture
def world() -> World:
    """A world where somebody has logged in, whose token has ended since."""
    world = new_world()
    world.log_in()
    world.host.time += HOUR + 1
    return world


@contextmanager
def held(world: World) -> Iterator[None]:
    """Somebody else holds the key, and does not let go."""
    with world.host.memory.exclusive(KEY, timeout=1):
        yield


def test_a_fresh_token_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a token is fresh, neither the server nor the lock is touched."""
    world = new_world()
    record = world.log_in()

    def touched(key: str, *, timeout: float) -> None:
        raise AssertionError(f"the lock of {key} was asked for, for {timeout} seconds")

    monkeypatch.setattr(world.host.memory, "exclusive", touched)
    assert world.renewal().current() == record
    assert world.issuer.asked == 0


def test_an_ended_token_is_renewed_once(world: World) -> None:
    """The first that comes after the end renews; all others adopt what it kept."""
    first = world.renewal().current()
    assert first.access_token == Secret("access-2")
    assert [world.renewal().current() for _ in range(5)] == [first] * 5
    assert world.issuer.asked == 1


def test_the_record_keeps_what_it_held(world: World) -> None:
    """Unknown fields of the record survive a renewal, and no trace of the attempt stays."""
    with world.tokens.exclusive(KEY, timeout=1) as slot:
        slot.replace(attrs.evolve(world.kept(), extra=Extra({"issuer": "https://a.example"})))
    record = world.renewal().current()
    assert record == world.kept()
    assert dict(record.extra) == {"issuer": "https://a.example"}
    assert record.attempt is None
    assert record.retry_at is None


def test_early_one_renews_and_the_others_go_on() -> None:
    """In the last two minutes one caller renews, and who finds the key held uses the old token."""
    world = new_world()
    old = world.log_in()
    world.host.time += HOUR - 100
    with held(world):
        assert world.renewal().current() == old
    assert world.renewal().current().access_token == Secret("access-2")


def test_early_failure_keeps_the_old_token() -> None:
    """An early renewal that fails leaves the old token in use, and the server alone for a while."""
    world = new_world()
    old = world.log_in()
    world.host.time += HOUR - 100
    world.issuer.outcomes = [NetworkError("can't be reached")]
    user = world.renewal()
    assert user.current().access_token == old.access_token
    assert user.current().access_token == old.access_token
    assert world.issuer.asked == 1
    world.host.time += BACK_OFF + 1
    assert user.current().access_token == Secret("access-2")


@pytest.mark.parametrize(
    "error",
    [
        NetworkError("can't be reached"),
        NetworkError("no answer within 15 seconds"),
        ServerError("the server answered slow_down (HTTP 400)", retry_after=1.0),
        ServerError("the server answered nothing that is OAuth (HTTP 429)", retry_after=2.0),
    ],
)
def test_a_passing_fault_is_tried_again(world: World, error: NetworkError) -> None:
    """What may pass is tried again after a pause, and then works."""
    world.issuer.outcomes = [error, error]
    assert world.renewal().current().access_token == Secret("access-2")
    assert world.issuer.asked == 3


def test_attempts_are_bounded(world: World) -> None:
    """A server that stays away is asked three times; then the error says so, and the token lives."""
    world.issuer.outcomes = [NetworkError("can't be reached")] * 10
    with pytest.raises(NetworkError, match="can't be reached"):
        world.renewal().current()
    assert world.issuer.asked == ATTEMPTS
    assert world.kept().refresh_token == Secret("refresh-1")
    assert not world.kept().dead


def test_the_numbers_are_those_of_the_documentation() -> None:
    """docs/explanation/refresh-once.md promises them."""
    assert (renewal.PATIENCE, ATTEMPTS, BACK_OFF) == (60, 3, 5)
    assert (attempts.PAUSE, attempts.LONGEST_PAUSE, attempts.LONGEST_BACK_OFF) == (0.5, 5, 300)


@pytest.mark.parametrize(
    ("faults", "waited"),
    [
        ([NetworkError("a"), NetworkError("b")], 0.5 + 1.0),
        ([ServerError("a", retry_after=4.0), NetworkError("b")], 4.0 + 1.0),
        ([ServerError("a", retry_after=5.0)], 5.0),
    ],
)
def test_it_pauses_between_attempts(
    world: World, faults: list[NetworkError], waited: float
) -> None:
    """Half a second, then twice as long, or as long as the server asks for up to five seconds."""
    world.issuer.outcomes = [*faults]
    began = world.host.now()
    assert world.renewal().current().access_token == Secret("access-2")
    assert world.host.now() - began == waited


def test_no_server_keeps_everybody_away_for_long(world: World) -> None:
    """A server that asks for an hour is asked again after five minutes."""
    world.issuer.outcomes = [ServerError("busy", retry_after=HOUR)]
    with pytest.raises(ServerError):
        world.renewal().current()
    world.host.time += 299
    with pytest.raises(ServerError, match="asked again in 1 seconds"):
        world.renewal().current()
    world.host.time += 1
    assert world.renewal().current().access_token == Secret("access-2")


def test_an_error_says_what_the_token_is_for() -> None:
    """It is named as its user named it, else by its key."""
    world = new_world()
    for about, where in (("the API", "the API"), ("", KEY)):
        user = Renewal(world.tokens, KEY, world.issuer.refresh, world.host, about=about)
        with pytest.raises(LoginRequiredError) as caught:
            user.current()
        assert caught.value.where == where


def test_everybody_leaves_a_failed_server_alone(world: World) -> None:
    """After all attempts failed, others are told so without asking, until the pause is over."""
    world.issuer.outcomes = [NetworkError("can't be reached")] * ATTEMPTS
    with pytest.raises(NetworkError):
        world.renewal().current()
    with pytest.raises(ServerError, match="asked again in 5 seconds") as caught:
        world.renewal().current()
    assert caught.value.retry_after
    assert world.issuer.asked == ATTEMPTS
    world.host.time += BACK_OFF
    assert world.renewal().current().access_token == Secret("access-2")


def test_a_long_wait_is_not_waited_for(world: World) -> None:
    """A server that asks for a minute is not asked again before, and nobody sleeps for it."""
    world.issuer.outcomes = [ServerError("busy", retry_after=60.0)]
    began = world.host.now()
    with pytest.raises(ServerError):
        world.renewal().current()
    assert world.host.now() == began
    world.host.time += 59
    with pytest.raises(ServerError, match="asked again in 1 seconds"):
        world.renewal().current()
    world.host.time += 1
    assert world.renewal().current().access_token == Secret("access-2")


def test_a_clock_set_back_keeps_nobody_away(world: World) -> None:
    """A pause that an earlier clock put far into the future does not count."""
    with world.tokens.exclusive(KEY, timeout=1) as slot:
        slot.replace(attrs.evolve(world.kept(), retry_at=world.host.now() + 86400))
    assert world.renewal().current().access_token == Secret("access-2")


def test_the_server_ends_a_token(world: World) -> None:
    """After invalid_grant everybody is told to log in, and the server is not asked again."""
    world.issuer.ended = True
    with pytest.raises(LoginRequiredError, match="invalid_grant") as caught:
        world.renewal().current()
    assert caught.value.remedy == "log in again"
    with pytest.raises(LoginRequiredError, match="invalid_grant"):
        world.renewal().current()
    assert world.issuer.asked == 1
    entry = world.tokens.index.get(KEY)
    assert entry is not None
    assert entry.dead


def test_a_token_outlives_its_refresh_token() -> None:
    """Where the refresh token is dead and the access token is not, it is used to its end."""
    world = new_world()
    old = world.log_in()
    world.host.time += HOUR - 20
    world.issuer.ended = True
    user = world.renewal()
    assert user.current().access_token == old.access_token
    assert user.current().access_token == old.access_token
    assert world.issuer.asked == 1
    world.host.time += 20
    with pytest.raises(LoginRequiredError):
        user.current()


def test_what_was_written_meanwhile_is_adopted(world: World) -> None:
    """On invalid_grant the record is read once more, and a newer token in it is used."""
    newer = TokenRecord(access_token=Secret("theirs"), refresh_token=Secret("theirs"))

    def refresh(_record: TokenRecord) -> Renewed:
        world.host.memory._records[KEY] = newer
        raise InvalidGrantError("invalid_grant")

    assert Renewal(world.tokens, KEY, refresh, world.host).current() == newer
    assert world.kept() == newer


def test_a_lost_answer_says_so(world: World) -> None:
    """Where the server committed and its answer was lost, the next error says what happened."""
    world.issuer.outcomes = [("after", NetworkError("closed the connection"))]
    with pytest.raises(LoginRequiredError, match="was under way and its answer was lost"):
        world.renewal().current()


def test_a_process_that_died_says_so(world: World) -> None:
    """Where a process died in the middle of a refresh that was committed, the error names it."""
    attempt = Attempt(world.host.now(), "process 4711 on build-7")
    with world.tokens.exclusive(KEY, timeout=1) as slot:
        slot.replace(attrs.evolve(world.kept(), attempt=attempt))
    world.issuer.ended = True
    with pytest.raises(LoginRequiredError, match="process 4711 on build-7"):
        world.renewal().current()


def test_a_process_that_died_too_early_harms_nobody(world: World) -> None:
    """Where the server had not committed, the next caller just renews."""
    with world.tokens.exclusive(KEY, timeout=1) as slot:
        slot.replace(attrs.evolve(world.kept(), attempt=Attempt(1.0, "process 4711")))
    assert world.renewal().current().access_token == Secret("access-2")
    assert world.kept().attempt is None


def test_the_attempt_is_kept_before_the_server_is_asked(world: World) -> None:
    """While the server is asked, the record says that a refresh is under way, and by whom."""
    during: list[TokenRecord] = []

    def refresh(record: TokenRecord) -> Renewed:
        during.append(world.kept())
        return world.issuer.refresh(record)

    Renewal(world.tokens, KEY, refresh, world.host).current()
    assert during[0].attempt is not None
    assert during[0].attempt.by.startswith("process ")


def test_another_refusal_keeps_the_token(world: World) -> None:
    """A server that refuses the client, and not the grant, leaves the token as it was."""
    before = world.kept()
    world.issuer.outcomes = [OAuthError("invalid_client", code="invalid_client")]
    with pytest.raises(OAuthError):
        world.renewal().current()
    assert world.kept() == before


def test_a_refused_token_is_renewed() -> None:
    """A 401 beats the clock: a token that looks fresh and was refused is renewed once for all."""
    world = new_world()
    old = world.log_in()
    assert old.access_token is not None
    users = [world.renewal() for _ in range(4)]
    got = {user.current(old.access_token).access_token for user in users}
    assert got == {Secret("access-2")}
    assert world.issuer.asked == 1


def test_a_refused_token_is_worth_waiting_for() -> None:
    """Nobody can go on with a refused token, so that a fault that passes is waited for."""
    world = new_world()
    old = world.log_in()
    world.issuer.outcomes = [NetworkError("can't be reached")]
    assert world.renewal().current(old.access_token).access_token == Secret("access-2")


def test_nobody_goes_on_with_a_refused_token() -> None:
    """Where it can't be renewed, a refused token is an error, however fresh it looks."""
    world = new_world()
    old = world.log_in()
    world.issuer.outcomes = [NetworkError("can't be reached")] * ATTEMPTS
    with pytest.raises(NetworkError, match="can't be reached"):
        world.renewal().current(old.access_token)


def test_a_holder_that_hangs_is_named(world: World) -> None:
    """Who can't go on without the key is told that it is busy; who can uses the token."""
    with held(world):
        user = Renewal(world.tokens, KEY, world.issuer.refresh, world.host, patience=0.1)
        with pytest.raises(BusyError) as caught:
            user.current()
        assert caught.value.problem == "another thread holds it, and did not let go in 0.1 seconds"
        world.host.time -= 11
        assert user.current() == world.kept()


class Overtaken:
    """Tokens of which another process always holds the key, and has just kept a newer one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.index = world.tokens.index
        self.read = world.tokens.read

    def exclusive(self, *_: object, **__: object) -> NoReturn:
        with self._world.tokens.exclusive(KEY, timeout=1) as slot:
            slot.replace(self._world.issuer.grant().record)
        raise BusyError("another process holds it")


def test_nobody_queues_only_to_read(world: World) -> None:
    """What a holder has kept is taken up by those who wait, before it lets go and in no order."""
    tokens: Any = Overtaken(world)
    user = Renewal(tokens, KEY, world.issuer.refresh, world.host)
    assert user.current(world.kept().access_token) == world.kept()
    assert world.issuer.asked == 0


def test_nothing_is_there(world: World) -> None:
    """Without a record a person must log in, and is told so."""
    with world.tokens.exclusive(KEY, timeout=1) as slot:
        slot.delete()
    with pytest.raises(LoginRequiredError, match="there is no token"):
        world.renewal().current()


def test_short_lives_are_not_renewed_at_each_use() -> None:
    """A token that lives 60 seconds is used for most of them, by everybody."""
    world = new_world(lifetime=60)
    world.log_in()
    for _ in range(60):
        world.host.time += 1
        world.renewal().current()
    assert world.issuer.asked <= 2


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 86400.0, 0.0])
def test_a_wrong_clock_is_no_loop(ahead: float) -> None:
    """Whatever the clock says, one renewal an hour is enough, and no ended token is given out."""
    world = new_world()
    world.issuer.ahead = ahead
    world.log_in()
    for _ in range(300):
        world.host.time += 60
        record = world.renewal().current()
        assert record.expires_at is not None
        assert record.expires_at > world.host.now() + ahead
    assert world.issuer.asked == 5


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 5 * HOUR])
def test_a_clock_that_jumps_costs_one_renewal(jump: float) -> None:
    """After a jump there is at most one renewal, and a 401 ends what the clock calls fresh."""
    world = new_world()
    world.log_in()
    world.host.time += jump
    world.issuer.ahead = -jump
    user = world.renewal()
    for _ in range(5):
        user.current()
    assert world.issuer.asked <= 1


def test_without_an_entry_no_clock_is_corrected() -> None:
    """Where the index does not know a token, its end counts as its server gave it."""
    world = new_world()
    record = world.log_in()
    world.tokens.index.remove(KEY)
    assert world.renewal().ends_at(record) == record.expires_at


def test_another_machine_learns_its_own_skew() -> None:
    """Two machines with wrong clocks share a token without renewing it in turns."""
    world = new_world()
    world.issuer.ahead = -HOUR - 60
    world.log_in()
    other = World(
        world.host, world.issuer, Tokens(world.tokens.stores, world.tokens.index, world.host)
    )
    other.tokens.index.put(attrs.evolve(_entry(world), skew=0.0))
    for _ in range(10):
        other.renewal().current()
        world.renewal().current()
    assert world.issuer.asked <= 1


class Fails:
    """A slot of a store that fails when it is told to."""

    def __init__(self, slot: Slot, error: Callable[[TokenRecord], StoreError | None]) -> None:
        self._slot = slot
        self._error = error

    @property
    def record(self) -> TokenRecord | None:
        return self._slot.record

    def replace(self, record: TokenRecord) -> None:
        error = self._error(record)
        if error is not None:
            raise error
        self._slot.replace(record)

    def delete(self) -> None:
        self._slot.delete()


def failing(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Callable[[TokenRecord], StoreError | None]
) -> None:
    """The store of a world fails each write for which there is an error."""
    real = world.host.memory.exclusive

    @contextmanager
    def exclusive(key: str, *, timeout: float) -> Iterator[Slot]:
        with real(key, timeout=timeout) as slot:
            yield Fails(slot, error)

    monkeypatch.setattr(world.host.memory, "exclusive", exclusive)


def test_what_cannot_be_kept_is_not_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the server is not asked at all, and the old token is intact."""
    before = world.kept()
    failing(world, monkeypatch, lambda _record: StoreError("it can't be written: disk full"))
    with pytest.raises(StoreError, match="disk full"):
        world.renewal().current()
    assert world.issuer.asked == 0
    assert world.kept() == before


def test_a_new_token_that_cannot_be_kept_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up in the middle costs a warning; the token is kept when there is room."""
    full = True
    failing(
        world,
        monkeypatch,
        lambda record: StoreError("disk full") if full and record.attempt is None else None,
    )
    user = world.renewal()
    with pytest.warns(UnsavedTokenWarning, match="could not be kept"):
        assert user.current().access_token == Secret("access-2")
    full = False
    assert user.current().access_token == Secret("access-2")
    assert world.kept().access_token == Secret("access-2")
    assert world.issuer.asked == 1


def test_who_slept_past_its_lease_adopts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write any more uses what the next holder wrote."""
    theirs = TokenRecord(access_token=Secret("theirs"), refresh_token=Secret("theirs"))

    def late(record: TokenRecord) -> StoreError | None:
        if record.attempt is not None:
            return None
        world.host.memory._records[KEY] = theirs
        return LeaseError("another took over")

    failing(world, monkeypatch, late)
    assert world.renewal().current() == theirs
    assert world.kept() == theirs


def _entry(world: World) -> Entry:
    entry = world.tokens.index.get(KEY)
    assert entry is not None
    return entry


PASSING = st.sampled_from([NetworkError("can't be reached"), ServerError("busy", retry_after=1.0)])


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from([0, 1, 20, 100, HOUR / 2, HOUR]), st.booleans()
        ),
        max_size=25,
    ),
    faults=st.lists(st.none() | PASSING, max_size=12),
    ahead=st.sampled_from([0.0, HOUR, -HOUR]),
)
def test_no_token_is_lost_and_none_is_spent_twice(
    steps: list[tuple[int, float, bool]], faults: list[NetworkError | None], ahead: float
) -> None:
    """Whoever comes when, whatever passes at the server: the login is never ended by its users.

    Each step lets time pass for one of four users, who may say that its token was refused.
    """
    world = new_world()
    world.issuer.ahead = ahead
    world.issuer.outcomes = [fault for fault in faults if fault is not None]
    world.log_in()
    users = [world.renewal() for _ in range(4)]
    for number, seconds, refused in steps:
        world.host.time += seconds
        rejected = world.kept().access_token if refused else None
        try:
            record = users[number].current(rejected)
        except NetworkError:
            continue
        assert record.access_token == Secret(f"access-{world.issuer.count}") or not refused
        assert record.expires_at is not None
        assert record.expires_at > world.host.now() + ahead
    assert not world.issuer.ended
    assert world.kept().refresh_token == Secret(f"refresh-{world.issuer.count}")


def test_a_moment_of_its_own_asks_for_the_next(world: World) -> None:
    """What says that it is due is renewed early; while that fails the old token goes on, and who wants to know is told."""
    old = world.renewal().current()
    failed: list[tuple[KeyholeError, TokenRecord]] = []
    early = world.renewal(renew_at=lambda _: NOW, endure=lambda *said: failed.append(said))
    world.issuer.outcomes = [ServerError("away", retry_after=30.0)]
    assert early.current().access_token == old.access_token
    assert [(str(error), record.access_token) for error, record in failed] == [
        ("away", old.access_token)
    ]
    world.host.time += 30
    assert early.current().access_token == Secret("access-3")


@pytest.mark.parametrize(("due", "renewed"), [(-1.0, True), (0.0, True), (1.0, False)])
def test_it_is_due_from_that_moment_on(world: World, due: float, *, renewed: bool) -> None:
    """Before its moment the token is used as it is; at it and after it the next one is got."""
    old = world.renewal().current()
    early = world.renewal(renew_at=lambda _: world.host.now() + due)
    assert (early.current().access_token != old.access_token) == renewed


def test_a_failure_need_not_be_endured(world: World) -> None:
    """Who does not want to go on with the old token after a failure says so by raising."""
    world.renewal().current()

    def refuse(error: KeyholeError, _record: TokenRecord) -> None:
        raise error

    world.issuer.outcomes = [OAuthError("denied")]
    with pytest.raises(OAuthError, match="denied"):
        world.renewal(renew_at=lambda _: NOW, endure=refuse).current()


def test_where_no_person_is_needed_the_first_token_is_fetched() -> None:
    """A record that only a person could have made is not needed where a first one is given; a failure leaves none."""
    world = new_world()
    world.issuer.outcomes = [OAuthError("denied")]
    first = TokenRecord(refresh_token=Secret("refresh-1"))
    user = world.renewal(begin=first)
    with pytest.raises(OAuthError):
        user.current()
    assert world.host.memory.read(KEY) is None
    assert world.tokens.index.get(KEY) is None
