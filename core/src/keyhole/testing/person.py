"""A person and a browser who take part in a login, without either."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self, final
from urllib.parse import parse_qsl, urlencode, urlsplit

from keyhole.oauth.listener import Judge, Terminal, Verdict

__all__ = ["FakeListener", "FakeTerminal", "Person", "agrees"]

Person = Callable[[str], str]
"""Is shown the URL of an authorization, and gives the URL where the browser ends."""


def agrees(url: str, *, code: str = "fake-code", **more: str) -> str:
    """Where a server redirects the browser of a person who agrees.

    Args:
        url: The URL of the authorization request.
        code: The authorization code.
        more: Further parameters, such as `iss`; with `error` there is no code.
    """
    asked = dict(parse_qsl(urlsplit(url).query))
    answer = {"state": asked["state"], **({} if "error" in more else {"code": code}), **more}
    return f"{asked['redirect_uri']}?{urlencode(answer)}"


@final
class FakeListener:
    """A listener to which the person's browser comes at once; it opens no socket.

    Args:
        redirect_uri: Where it would listen.
        person: Who answers; None where nobody does.
        pasted: The lines that are pasted where there is a terminal.
        pass_time: Lets time pass until the listener gives up.
    """

    def __init__(
        self,
        redirect_uri: str,
        person: Person | None,
        pasted: list[str],
        pass_time: Callable[[float], None],
    ) -> None:
        self.redirect_uri = redirect_uri
        self.closed = False
        self._person = person
        self._pasted = pasted
        self._pass_time = pass_time

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closed = True

    def wait(
        self, judge: Judge, *, asked: str, seconds: float, terminal: Terminal | None = None
    ) -> Verdict | None:
        if self._person and (verdict := judge.redirected(self._person(asked))):
            return verdict
        for line in self._pasted if terminal else ():
            if verdict := judge.pasted(line):
                return verdict
        self._pass_time(seconds)
        return None

    def stop(self) -> None:
        self._person = None


@final
class FakeTerminal:
    """A keyboard that the fake listener knows to be there."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def fileno(self) -> int:
        return -1

    def lines(self) -> list[str] | None:
        return None
