"""Signals that would end this process before it has ended what it started."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

__all__ = ["ended_in_order", "held_back"]

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Where SIGTERM or SIGHUP ends this process, the block is unwound before.

    Whoever handles them in another way, or ignores them, goes on doing so. Only the main thread
    hears signals; in another thread nothing changes.

    Raises:
        KeyboardInterrupt: The signal came, and did not end this process.
    """
    numbers = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    if not _hears() or not numbers:
        yield
        return
    ended = None
    try:
        for number in numbers:
            signal.signal(number, _unwind)
        yield
    except _EndedError as error:
        ended = error.number
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        if ended is not None:
            signal.raise_signal(ended)
            # No signal of its own ends the first process of a container; Ctrl-C is understood.
            raise KeyboardInterrupt


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Lets Ctrl-C and its like wait until the end of the block, where they count as come then.

    Handlers and no mask: a program that starts in the block would inherit the mask.
    """
    handlers = {
        number: handler
        for number in (signal.SIGINT, *_ENDING)
        if callable(handler := signal.getsignal(number))
    }
    if not _hears():
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    for number in handlers:
        signal.signal(number, lambda *signalled: heard.append(signalled))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in heard[:1]:
            handlers[number](number, frame)


class _EndedError(BaseException):
    """A signal that is about to end this process."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    # Whoever asks again meanwhile does not disturb the cleaning up; it is bounded.
    for other in _ENDING:
        if signal.getsignal(other) is _unwind:
            signal.signal(other, _wait_for_it)
    raise _EndedError(number)


def _wait_for_it(_number: int, _frame: FrameType | None) -> None:
    """The process is about to end as it is."""


def _hears() -> bool:
    return threading.current_thread() is threading.main_thread()
