"""Calls that may hang: each has a time, and while one hangs no other is begun."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import TypeVar, final

from keyhole.errors import StoreError

__all__ = ["Bounded"]

T = TypeVar("T")

_WHERE = "the keyring of the operating system"


@final
class Bounded:
    """Runs each call on a thread of its own, which doesn't keep the process from ending.

    A call that hangs can't be stopped; but it is remembered, so that the next ones fail at once
    and don't pile up behind it. A child that was forked meanwhile has no such call.

    Args:
        seconds: How long a call may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # By process: the thread that would bring the answer is not in a child.
        self._hung: dict[int, Future[object]] = {}
        # Who was not waited for as long as that: only the next such look is spared.
        self._slow: dict[int, Future[object]] = {}

    def call(self, work: Callable[[], T], *, at_most: float | None = None) -> T:
        """What the work returns, or raises.

        Args:
            work: What to do.
            at_most: A shorter time than the usual, in seconds. Whoever does not wait as long as
                that does not know that it hangs: the next one may wait longer.

        Raises:
            StoreError: It took too long, or one before it has not come back yet.
        """
        seconds = min(self._seconds, at_most or self._seconds)
        brief = seconds < self._seconds
        late = self._slow if brief else self._hung
        if _pending(self._hung):
            raise _is_hung("it has not answered an earlier request yet")
        if _pending(late):
            raise self._is_slow("it has not answered an earlier look yet")
        answer: Future[T] = Future()
        threading.Thread(target=_fulfil, args=(answer, work), daemon=True).start()
        if not wait([answer], seconds).done:
            late[os.getpid()] = answer  # type: ignore[assignment]  # it is only waited for
            problem = f"it did not answer within {seconds:g} s"
            raise self._is_slow(problem) if brief else _is_hung(problem)
        return answer.result()

    def afterwards(self, action: Callable[[], object]) -> None:
        """Does something now, or as soon as the call that hangs has come back."""
        hung = self._hung.get(os.getpid())
        if hung is None:
            action()
        else:
            hung.add_done_callback(lambda _: action())

    def _is_slow(self, problem: str) -> StoreError:
        return StoreError(
            f"the keyring hangs, or is slow: {problem}",
            where=_WHERE,
            remedy="look for a window that asks to unlock it, and answer it; for one that is slow "
            'by nature say [stores] use = "keyring", which saves this look: anything else is '
            f"waited for longer, {self._seconds:g} s ([keyring] timeout)",
        )


def _pending(late: Mapping[int, Future[object]]) -> bool:
    answer = late.get(os.getpid())
    return answer is not None and not answer.done()


def _fulfil(answer: Future[T], work: Callable[[], T]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:  # noqa: BLE001  # whoever waits for the answer gets it
        answer.set_exception(error)


def _is_hung(problem: str) -> StoreError:
    return StoreError(
        f"the keyring hangs: {problem}",
        where=_WHERE,
        remedy="look for a window that asks to unlock it, answer it and run this again; a keyring "
        "that is slow by nature gets more time with [keyring] timeout",
    )
