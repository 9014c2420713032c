"""An answer within a number of seconds, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["within"]

_T = TypeVar("_T")


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """What `call` returns or raises, unless it takes too long.

    No timeout of a client library bounds a whole exchange: each bounds one wait for the network,
    and a server that trickles never runs into it. What is late ends by itself, unheard.

    Raises:
        TimeoutError: It took too long.
    """
    future: Future[_T] = Future()
    threading.Thread(
        target=_answer, args=(future, call), name="keyhole-deadline", daemon=True
    ).start()
    return future.result(seconds)


def _answer(future: Future[_T], call: Callable[[], _T]) -> None:
    try:
        answer = call()
    except BaseException as error:  # noqa: BLE001  # it is raised by whoever waits
        future.set_exception(error)
    else:
        future.set_result(answer)
