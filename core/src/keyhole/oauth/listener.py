"""What waits for the browser: the contract that a host's listener keeps."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from keyhole.errors import KeyholeError
from keyhole.frozen import frozen
from keyhole.secret import Secret

__all__ = ["Judge", "Listener", "Terminal", "Verdict"]


@frozen
class Verdict:
    """How a login ended: with a code, or with an error.

    Attributes:
        code: The authorization code.
        error: Why there is none.
    """

    code: Secret | None = None
    error: KeyholeError | None = None


class Judge(Protocol):
    """Says what an answer is worth; None: it is none of ours, go on waiting."""

    def redirected(self, target: str) -> Verdict | None:
        """Judges the path and query to which a browser was sent."""

    def pasted(self, text: str) -> Verdict | None:
        """Judges a line that a person pasted."""


class Terminal(Protocol):
    """A person's keyboard, from which one line at a time is read while something else waits."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def fileno(self) -> int:
        """What becomes readable when something was typed."""

    def lines(self) -> list[str] | None:
        """The lines that have been finished; None once there will be no more."""


class Listener(Protocol):
    """Waits for the one redirect that ends a login (RFC 8252, section 7.3).

    Attributes:
        redirect_uri: Where the server sends the browser.
    """

    @property
    def redirect_uri(self) -> str: ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def wait(
        self, judge: Judge, *, asked: str, seconds: float, terminal: Terminal | None = None
    ) -> Verdict | None:
        """Waits for the browser and for the person at once; who comes first ends it.

        Args:
            judge: Says what an answer is worth.
            asked: The URL that the person was asked to open.
            seconds: For how long.
            terminal: Where the person may paste the answer.

        Returns:
            None if nobody came in time, or it was stopped.
        """

    def stop(self) -> None:
        """Ends the wait at once, from another thread: whoever began it has gone."""
