"""An answer within a number of seconds, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

__all__ = ["SLOW", "within"]

_T = TypeVar("_T")

SLOW = 2.0
"""Seconds after which a person may wonder what is going on."""


def within(
    seconds: float, call: Callable[[], _T], on_slow: Callable[[], None] = lambda: None
) -> _T:
    """What `call` returns or raises, unless it takes too long.

    No timeout of a client library bounds a whole exchange: each bounds one wait for the network,
    and a server that trickles never runs into it. What is late ends by itself, unheard.

    Args:
        seconds: How long it may take.
        call: The work.
        on_slow: Called once where it takes a while.

    Raises:
        TimeoutError: It took too long.
    """
    future: Future[_T] = Future()
    threading.Thread(
        target=_answer, args=(future, call), name="keyhole-deadline", daemon=True
    ).start()
    first = min(SLOW, seconds)
    if wait([future], first).not_done and first < seconds:
        on_slow()
        return future.result(seconds - first)
    return future.result(0)


def _answer(future: Future[_T], call: Callable[[], _T]) -> None:
    try:
        answer = call()
    except BaseException as error:  # noqa: BLE001  # it is raised by whoever waits
        future.set_exception(error)
    else:
        future.set_result(answer)
