"""One credential for threads, coroutines, event loops and forked children: one load each."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from keyhole.credential import API_KEY, Credential, HeaderCredential
from keyhole.errors import HelperError, KeyholeError, RejectedError
from keyhole.holder import BACK_OFF, Holder
from keyhole.secret import Secret

pytestmark = pytest.mark.timeout(20)

SOON = 5.0
"""Seconds in which everything here has long happened."""


def _credential(text: str, expires_at: float | None = None) -> HeaderCredential:
    return HeaderCredential(API_KEY, Secret(text), "https://api.anthropic.com", expires_at)


class Loader:
    """Loads "value-1", "value-2" and so on, and remembers how often and with what refused."""

    def __init__(self, *, lasts: float | None = None) -> None:
        self.now = 1_000_000.0
        self.lasts = lasts
        self.rejected: list[Credential | None] = []
        self.failures: list[BaseException | None] = []
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._counting = threading.Lock()

    def __call__(self, rejected: Credential | None) -> Credential:
        with self._counting:
            self.rejected.append(rejected)
            number = len(self.rejected)
            failure = self.failures.pop(0) if self.failures else None
        self.entered.set()
        assert self.gate.wait(SOON)
        if failure is not None:
            raise failure
        return _credential(f"value-{number}", None if self.lasts is None else self.now + self.lasts)

    @property
    def loads(self) -> int:
        return len(self.rejected)

    def holder(self) -> Holder:
        return Holder(self, lambda: self.now)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Inside, no load comes to its end."""
        self.gate.clear()
        self.entered.clear()
        try:
            yield
        finally:
            self.gate.set()


def _values(credentials: list[Any]) -> set[str]:
    return {credential.secret.reveal() for credential in credentials}


def _in_threads(count: int, act: Callable[[], Any]) -> tuple[list[threading.Thread], list[Any]]:
    """Starts threads that do the same at once; what each returns or raises is collected."""
    barrier, outcomes = threading.Barrier(count), []

    def run() -> None:
        barrier.wait(SOON)
        try:
            outcomes.append(act())
        except BaseException as error:  # noqa: BLE001  # the outcome is looked at
            outcomes.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(SOON)
        assert not thread.is_alive(), "somebody waits for ever"


def test_sixteen_threads_load_once() -> None:
    """Sixteen threads that arrive together share one load."""
    loader = Loader()
    holder = loader.holder()
    with loader.held_back():
        threads, outcomes = _in_threads(16, holder.current)
        assert loader.entered.wait(SOON)
        time.sleep(0.03)
    _join(threads)
    assert (loader.loads, len(outcomes), _values(outcomes)) == (1, 16, {"value-1"})


def test_two_hundred_coroutines_load_once_and_the_loop_goes_on() -> None:
    """Two hundred coroutines share one load, in a thread, while their loop goes on."""
    loader = Loader()
    holder = loader.holder()

    async def scenario() -> list[Credential]:
        loader.gate.clear()
        waiting = asyncio.gather(*(holder.acurrent() for _ in range(200)))
        while not loader.entered.is_set():
            await asyncio.sleep(0)
        # Only a loop that goes on comes here: the load waits for it.
        loader.gate.set()
        return await waiting

    loaded = asyncio.run(scenario())
    assert (loader.loads, len(loaded), _values(loaded)) == (1, 200, {"value-1"})


def test_two_event_loops_in_two_threads_load_once() -> None:
    """Coroutines of two event loops in two threads share one load."""
    loader = Loader()
    holder = loader.holder()

    async def many() -> list[Credential]:
        return await asyncio.gather(*(holder.acurrent() for _ in range(50)))

    with loader.held_back():
        threads, outcomes = _in_threads(2, lambda: asyncio.run(many()))
        assert loader.entered.wait(SOON)
        time.sleep(0.03)
    _join(threads)
    assert [len(loaded) for loaded in outcomes] == [50, 50]
    assert _values([*outcomes[0], *outcomes[1]]) == {"value-1"}
    assert loader.loads == 1


def test_threads_and_coroutines_load_once() -> None:
    """A thread that waits and a coroutine that waits share one load."""
    loader = Loader()
    holder = loader.holder()
    with loader.held_back():
        threads, outcomes = _in_threads(1, holder.current)
        assert loader.entered.wait(SOON)
        more, loaded = _in_threads(1, lambda: asyncio.run(holder.acurrent()))
        time.sleep(0.03)
    _join([*threads, *more])
    assert _values([*outcomes, *loaded]) == {"value-1"}
    assert loader.loads == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_fork_in_the_middle_of_a_load() -> None:
    """A child forked while a thread of its parent loads does not wait for that thread."""
    loader = Loader()
    holder = loader.holder()
    with loader.held_back():
        threads, outcomes = _in_threads(1, holder.current)
        assert loader.entered.wait(SOON)
        with warnings.catch_warnings():
            # Python 3.12 warns of exactly what is tried here.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            _in_the_child(loader, holder)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    _join(threads)
    assert (loader.loads, _values(outcomes)) == (1, {"value-1"})


def _in_the_child(loader: Loader, holder: Holder) -> None:
    signal.alarm(round(SOON))
    code = 1
    try:
        loader.gate = threading.Event()
        loader.gate.set()
        first, second = holder.current(), asyncio.run(holder.acurrent())
        # The parent's load never lands here; the child's own is its second, and its only one.
        code = 0 if first is second and first.secret.reveal() == "value-2" else 2
    finally:
        os._exit(code)


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_held_credential_outlives_a_fork() -> None:
    """A forked child goes on with what its parent held, without a load."""
    loader = Loader()
    holder = loader.holder()
    held = holder.current()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os._exit(0 if holder.current() is held and loader.loads == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("gives_up", [0, 1], ids=["who loads", "who waits"])
def test_a_cancelled_coroutine_ends_it_for_nobody_else(gives_up: int) -> None:
    """Whichever coroutine is cancelled, the others get what was loaded, and it was loaded once."""
    loader = Loader()
    holder = loader.holder()

    async def scenario() -> list[Any]:
        loader.gate.clear()
        tasks = [asyncio.create_task(holder.acurrent()) for _ in range(3)]
        while not loader.entered.is_set():
            await asyncio.sleep(0)
        tasks[gives_up].cancel()
        await asyncio.sleep(0)
        loader.gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(scenario())
    assert isinstance(outcomes.pop(gives_up), asyncio.CancelledError)
    assert (loader.loads, _values(outcomes)) == (1, {"value-1"})


def test_a_loop_that_ends_in_the_middle_of_a_load(caplog: pytest.LogCaptureFixture) -> None:
    """When the loop of the one who loads is closed, a thread that waits gets the credential."""
    loader = Loader()
    holder = loader.holder()
    with loader.held_back():

        async def gives_up() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(holder.acurrent(), 0.02)

        asyncio.run(gives_up())
        threads, outcomes = _in_threads(1, holder.current)
        time.sleep(0.02)
    _join(threads)
    assert (loader.loads, _values(outcomes)) == (1, {"value-1"})
    assert not caplog.records


def test_ctrl_c_in_the_one_who_loads_is_its_own() -> None:
    """A KeyboardInterrupt stays with the thread that loaded; another one loads for the rest."""
    loader = Loader()
    loader.failures = [KeyboardInterrupt()]
    holder = loader.holder()
    with loader.held_back():
        threads, outcomes = _in_threads(8, holder.current)
        assert loader.entered.wait(SOON)
        time.sleep(0.03)
    _join(threads)
    interrupted = [outcome for outcome in outcomes if isinstance(outcome, KeyboardInterrupt)]
    others = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert (len(interrupted), len(others), _values(others)) == (1, 7, {"value-2"})
    assert loader.loads == 2


@pytest.mark.parametrize("flight", [0, 1], ids=["before it flies", "after it landed"])
def test_ctrl_c_between_any_two_steps_leaves_nobody_waiting(flight: int) -> None:
    """Whoever is stopped around a load, and not in it, leaves no load behind that nobody makes."""
    loader = Loader()
    holder = loader.holder()

    class Interrupting(dict[int, Any]):
        def setdefault(self, key: int, default: Any = None) -> Any:
            found = super().setdefault(key, default)
            if not flight and not loader.loads and not stopped:
                stopped.append(found)
                raise KeyboardInterrupt
            return found

        def __delitem__(self, key: int) -> None:
            if flight and not stopped:
                stopped.append(key)
                raise KeyboardInterrupt
            super().__delitem__(key)

    stopped: list[Any] = []
    holder._flights = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        holder.current()
    threads, outcomes = _in_threads(2, holder.current)
    _join(threads)
    assert _values(outcomes) == {"value-1"}


def test_a_spared_credential_is_used_again() -> None:
    """A rejection that is taken back, where nothing better can be had, costs no load."""
    loader = Loader()
    holder = loader.holder()
    held = holder.current()
    holder.reject(held)
    holder.spare(held)
    assert holder.current() is held
    assert loader.loads == 1


def test_a_fresh_one_that_is_refused_too_is_tried_again_later() -> None:
    """A loader that calls it final ends that request alone: the next one has what is held."""
    loader = Loader()
    holder = loader.holder()
    held = holder.current()
    loader.failures = [RejectedError("a fresh one was refused, too")]
    holder.reject(held)
    with pytest.raises(RejectedError):
        holder.current()
    assert holder.current() is held


def test_a_failure_is_for_all_who_wait_and_not_for_ever() -> None:
    """A load that fails fails for everybody who waits, and the next call tries again."""
    loader = Loader()
    loader.failures = [HelperError("the helper ended with 3")]
    holder = loader.holder()
    with loader.held_back():
        threads, outcomes = _in_threads(8, holder.current)
        assert loader.entered.wait(SOON)
        time.sleep(0.03)
    _join(threads)
    assert [type(outcome) for outcome in outcomes] == [HelperError] * 8
    assert loader.loads == 1
    assert holder.current().secret.reveal() == "value-2"


def test_a_thread_that_cannot_start_leaves_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system gives no more threads, the coroutine fails and the next call is served."""
    loader = Loader()
    holder = loader.holder()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises((RuntimeError, KeyholeError)):
            asyncio.run(holder.acurrent())
    threads, outcomes = _in_threads(1, holder.current)
    _join(threads)
    assert _values(outcomes) == {"value-1"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_plugin_that_exits_does_not_start_over_for_ever() -> None:
    """A load that raises SystemExit ends the coroutine's call, instead of beginning again."""
    loader = Loader()
    loader.failures = [SystemExit(3) for _ in range(50)]
    holder = loader.holder()
    with pytest.raises((SystemExit, Exception)):
        asyncio.run(asyncio.wait_for(holder.acurrent(), SOON))
    assert loader.loads == 1


@pytest.mark.parametrize("lasts", [100.0, 20.0, 0.0, -60.0])
def test_what_ends_at_once_is_still_used_once(lasts: float) -> None:
    """A credential that is loaded near or past its end is used, and not loaded in a circle."""
    loader = Loader(lasts=lasts)
    holder = loader.holder()
    assert holder.current().secret.reveal() == "value-1"
    assert asyncio.run(Loader(lasts=lasts).holder().acurrent()).secret.reveal() == "value-1"
    assert loader.loads == 1


def test_a_held_credential_costs_neither_a_lock_nor_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A held credential is given to threads and coroutines without a load or a new thread."""
    loader = Loader(lasts=3600)
    holder = loader.holder()
    held = holder.current()
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    monkeypatch.setattr(threading, "Lock", lambda: pytest.fail("a lock was made"))

    assert holder.current() is held is holder.ready() is holder.held
    assert asyncio.run(holder.acurrent()) is held
    assert loader.loads == 1


def test_early_one_renews_and_everybody_else_goes_on() -> None:
    """Under 120 s before the end one caller renews, and nobody else waits for it."""
    loader = Loader(lasts=3600)
    holder = loader.holder()
    old = holder.current()
    loader.now += 3600 - 100
    with loader.held_back():
        threads, outcomes = _in_threads(1, holder.current)
        assert loader.entered.wait(SOON)
        # The renewal is under way, and held back.
        assert holder.current() is old is holder.ready()
        assert asyncio.run(holder.acurrent()) is old
        assert not outcomes
    _join(threads)
    assert _values(outcomes) == {"value-2"}
    assert holder.current().secret.reveal() == "value-2"
    assert loader.loads == 2


def test_late_all_wait_for_one_renewal() -> None:
    """Under 30 s before the end all wait, and there is one renewal."""
    loader = Loader(lasts=3600)
    holder = loader.holder()
    holder.current()
    loader.now += 3600 - 20
    with loader.held_back():
        threads, outcomes = _in_threads(16, holder.current)
        assert loader.entered.wait(SOON)
        time.sleep(0.03)
        assert not outcomes
    _join(threads)
    assert (loader.loads, _values(outcomes)) == (2, {"value-2"})


@pytest.mark.parametrize("asynchronous", [False, True], ids=["a thread", "a coroutine"])
@pytest.mark.parametrize("failure", [HelperError("it failed"), TimeoutError("too slow")])
def test_a_failed_early_renewal_keeps_the_old_one_and_backs_off(
    failure: Exception, *, asynchronous: bool
) -> None:
    """While the old credential is good, a failed renewal is nobody's error, and is tried anew later."""
    loader = Loader(lasts=3600)
    holder = loader.holder()

    def current() -> Credential:
        return asyncio.run(holder.acurrent()) if asynchronous else holder.current()

    old = current()
    loader.now += 3600 - 100
    loader.failures = [failure]
    assert current() is old
    assert current() is old
    assert loader.loads == 2
    loader.now += BACK_OFF + 0.1
    assert current().secret.reveal() == "value-3"


def test_a_failed_late_renewal_is_an_error() -> None:
    """Under 30 s before the end a failed renewal is raised, and nothing old is given out."""
    loader = Loader(lasts=3600)
    holder = loader.holder()
    holder.current()
    loader.now += 3600 - 100
    loader.failures = [HelperError("it failed"), HelperError("it failed again")]
    holder.current()
    loader.now += 75
    with pytest.raises(HelperError, match="it failed again"):
        holder.current()


def test_a_renewal_that_gains_nothing_is_not_repeated_at_each_use() -> None:
    """A source that can only repeat a token near its end is asked again after a while, not each time."""
    loader = Loader(lasts=100)
    holder = loader.holder()
    for _ in range(5):
        holder.current()
    assert loader.loads <= 2
    loader.now += BACK_OFF + 0.1
    holder.current()
    assert loader.loads <= 3


def test_a_refused_one_is_loaded_again_with_its_value() -> None:
    """After a refusal the next call loads, and the loader is told which one was refused."""
    loader = Loader()
    holder = loader.holder()
    first = holder.current()
    holder.reject(first)
    assert holder.ready() is None
    assert holder.current().secret.reveal() == "value-2"
    assert loader.rejected == [None, first]


def test_a_refusal_that_comes_late_costs_nothing() -> None:
    """A refusal of what was replaced meanwhile leaves the new one alone."""
    loader = Loader()
    holder = loader.holder()
    first = holder.current()
    holder.reject(first)
    second = holder.current()
    holder.reject(first)
    assert holder.current() is second
    assert loader.loads == 2


@contextmanager
def _at_each_line(function: Callable[..., Any], act: Callable[[], None]) -> Iterator[None]:
    """Inside, something else happens before each line of a function, as in another thread."""

    def in_it(_frame: Any, event: str, _argument: Any) -> Any:
        if event == "line":
            act()
        return in_it

    def trace(frame: Any, _event: str, _argument: Any) -> Any:
        return in_it if frame.f_code is function.__code__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("step", range(3))
def test_a_refusal_that_comes_late_takes_no_other_back(step: int) -> None:
    """Whatever happens in the middle of a late refusal, what was refused meanwhile stays refused."""
    loader = Loader()
    holder = loader.holder()
    first = holder.current()
    steps = 0

    def overtake() -> None:
        nonlocal steps
        if steps == step:
            holder.reject(first)
            holder.reject(holder.current())
        steps += 1

    with _at_each_line(Holder.reject, overtake):
        holder.reject(first)
    assert holder.ready() is None
    assert holder.current().secret.reveal() == "value-3"
    assert [rejected and rejected.secret.reveal() for rejected in loader.rejected] == [
        None,
        "value-1",
        "value-2",
    ]


@pytest.mark.parametrize("part", [Holder._renew, Holder._take])
def test_a_refused_one_is_given_to_nobody_during_its_renewal(part: Callable[..., Any]) -> None:
    """At no step of a renewal does anybody get what was refused."""
    holder = Loader().holder()
    first = holder.current()
    holder.reject(first)
    given: list[Credential | None] = []
    with _at_each_line(part, lambda: given.append(holder.ready())):
        second = holder.current()
    assert len(given) > 1
    assert first not in given
    assert second is not first


def test_sixteen_refusals_load_once() -> None:
    """Sixteen threads whose requests were all refused share one load."""
    loader = Loader()
    holder = loader.holder()
    first = holder.current()

    def refused() -> Credential:
        holder.reject(first)
        return holder.current()

    threads, outcomes = _in_threads(16, refused)
    _join(threads)
    assert (loader.loads, _values(outcomes)) == (2, {"value-2"})


def test_the_refused_value_again_is_final_and_not_for_ever() -> None:
    """The refused value loaded again is an error; a later call may try it once more."""
    loads: list[Credential | None] = []

    def load(rejected: Credential | None) -> Credential:
        loads.append(rejected)
        return _credential("the only one")

    holder = Holder(load, time.time)
    first = holder.current()
    holder.reject(first)
    with pytest.raises(RejectedError) as raised:
        holder.current()
    assert "the same one" in str(raised.value)
    assert "the only one" not in str(raised.value)
    assert holder.current().secret == first.secret


def test_a_load_that_fails_forgets_no_refusal() -> None:
    """When the load after a refusal fails, the next load is told of the refusal too."""
    loader = Loader()
    holder = loader.holder()
    first = holder.current()
    holder.reject(first)
    loader.failures = [HelperError("it failed")]
    with pytest.raises(HelperError):
        holder.current()
    assert holder.current().secret.reveal() == "value-3"
    assert loader.rejected == [None, first, first]


@pytest.mark.parametrize("left", [100.0, 20.0, None])
def test_the_refused_value_again_is_an_error_near_its_end_too(left: float | None) -> None:
    """A refused value that is loaded again is never given out as if it were good."""
    expires_at = None if left is None else 1000 + left
    holder = Holder(lambda _: _credential("the only one", expires_at), lambda: 1000.0)
    holder.reject(holder.current())
    with pytest.raises(RejectedError):
        holder.current()
