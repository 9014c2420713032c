"""One probe and what came of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs

from keyhole_mcp.testing.wire import STATELESS

if TYPE_CHECKING:
    from keyhole_mcp.testing.lab import Lab

__all__ = ["Body", "Failed", "NotOffered", "Outcome", "Probe", "Result"]

Body: TypeAlias = "Callable[[Lab], str]"
"""Runs clients in a lab; gives in a few words what was seen, or raises `Failed`."""


class Failed(Exception):  # noqa: N818  # a verdict, not an error
    """The client does not do what the probe wants; the text says what it did."""


class NotOffered(Exception):  # noqa: N818  # a verdict, not an error
    """The client has nothing of the kind."""


class Outcome(enum.Enum):
    """What came of a probe."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not offered"


@attrs.frozen
class Probe:
    """A question to a client.

    Attributes:
        name: Kebab-case, unique.
        wants: What a client that passes does, as a sentence without a subject.
        body: The question.
        protocol: The revision of MCP that the server speaks.
        public: Whether the servers are public ones, behind a proxy that connects nowhere.
    """

    name: str
    wants: str
    body: Body
    protocol: str = STATELESS
    public: bool = False


@attrs.frozen
class Result:
    """What came of a probe.

    Attributes:
        probe: Which one.
        outcome: Passed, failed or not offered.
        said: What was seen.
        seconds: How long it took.
    """

    probe: Probe
    outcome: Outcome
    said: str
    seconds: float
