"""Flows: generators that yield requests and pauses, and receive the answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol, TypeAlias, TypeVar

from keyhole.errors import NetworkError
from keyhole.frozen import frozen
from keyhole.message import Request, Response

__all__ = ["Flow", "Pause", "Performer", "perform"]

_T = TypeVar("_T")


@frozen
class Pause:
    """Wants time to pass.

    Attributes:
        seconds: How much.
    """

    seconds: float


Flow: TypeAlias = Generator[Request | Pause, Response, _T]
"""A flow that ends with a T. Each request is answered with a response, or with a NetworkError
that is raised where it was yielded; what a pause is answered with has no meaning."""

_PAUSED = Response(0)


class Performer(Protocol):
    """What does the steps: a `Host`, or what guards one."""

    def wait(self, seconds: float) -> None:
        """Lets time pass."""

    def send(self, request: Request) -> Response:
        """One HTTP exchange.

        Raises:
            NetworkError: There was no answer.
        """


def perform(flow: Flow[_T], host: Performer) -> _T:
    """Runs a flow to its end.

    Raises:
        KeyholeError: What the flow raises.
    """
    try:
        step = next(flow)
        while True:
            try:
                answer = _answered(step, host)
            except NetworkError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        result: _T = end.value
        return result


def _answered(step: Request | Pause, host: Performer) -> Response:
    if isinstance(step, Request):
        return host.send(step)
    host.wait(step.seconds)
    return _PAUSED
