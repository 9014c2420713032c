"""Calls that may hang: each has a time, and while one hangs no other is begun."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar, final

from keyhole.errors import StoreError

__all__ = ["Bounded"]

T = TypeVar("T")


@final
class Bounded:
    """Runs each call on a thread of its own, which doesn't keep the process from ending.

    A call that hangs can't be stopped; but it is remembered, so that the next ones fail at once
    and don't pile up behind it.

    Args:
        seconds: How long a call may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last_hung: Future[object] | None = None

    def call(self, work: Callable[[], T], *, at_most: float | None = None) -> T:
        """What the work returns, or raises.

        Args:
            work: What to do.
            at_most: A shorter time than the usual, in seconds.

        Raises:
            StoreError: It took too long, or one before it has not come back yet.
        """
        if self._hangs():
            raise _hung("it has not answered an earlier request yet")
        answer: Future[T] = Future()
        threading.Thread(target=_fulfil, args=(answer, work), daemon=True).start()
        seconds = min(self._seconds, at_most or self._seconds)
        if not wait([answer], seconds).done:
            self._last_hung = answer  # type: ignore[assignment]  # it is only waited for
            raise _hung(f"it did not answer within {seconds:g} s")
        return answer.result()

    def afterwards(self, action: Callable[[], object]) -> None:
        """Does something now, or as soon as the call that hangs has come back."""
        hung = self._last_hung
        if hung is None:
            action()
        else:
            hung.add_done_callback(lambda _: action())

    def _hangs(self) -> bool:
        return self._last_hung is not None and not self._last_hung.done()


def _fulfil(answer: Future[T], work: Callable[[], T]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:  # noqa: BLE001  # whoever waits for the answer gets it
        answer.set_exception(error)


def _hung(problem: str) -> StoreError:
    return StoreError(
        f"the keyring hangs: {problem}",
        where="the keyring of the operating system",
        remedy="look for a window that asks to unlock it, answer it and run this again; a keyring "
        "that is slow by nature gets more time with [keyring] timeout",
    )
