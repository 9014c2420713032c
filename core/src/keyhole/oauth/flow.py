"""Flows: generators that yield requests and pauses, and receive the answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

import attrs

from keyhole.errors import NetworkError
from keyhole.host import Host
from keyhole.message import Request, Response

__all__ = ["Flow", "Pause", "perform"]

_T = TypeVar("_T")


@attrs.frozen
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


def perform(flow: Flow[_T], host: Host) -> _T:
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


def _answered(step: Request | Pause, host: Host) -> Response:
    if isinstance(step, Request):
        return host.send(step)
    host.wait(step.seconds)
    return _PAUSED
