"""The loopback listener: a web server for exactly one visit (RFC 8252, sections 7.3 and 8.3)."""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self, final

from keyhole.oauth import page
from keyhole.oauth.doors import opened
from keyhole.oauth.guest import Guest
from keyhole.oauth.listener import Judge, Terminal, Verdict
from keyhole.oauth.visit import LIMIT, Visit, is_whole

__all__ = ["LoopbackListener"]

_PATIENCE = 10.0
"""Seconds in which one client must have sent its request."""

_GUESTS = 64
"""So many clients at once; with one more the oldest has to go. Browsers open some in advance."""

_TICK = 0.25
"""Seconds between two looks at who has to go."""


@final
class LoopbackListener:
    """Listens on this machine only, answers one redirect and turns everything else away.

    One thread does everything: sockets and keyboard are waited for together, so that Ctrl-C ends
    it at once, and no client can keep another from being heard.

    Args:
        hostname: "127.0.0.1", "::1", or "localhost" for both.
        port: The port; 0 for a free one.
        path: The path of the redirect URI.

    Raises:
        BusyError: The port is taken.
    """

    def __init__(self, hostname: str = "127.0.0.1", port: int = 0, path: str = "/callback") -> None:
        self._doors = opened(hostname, port)
        self._path = path
        self._stopped = threading.Event()
        name = f"[{hostname}]" if ":" in hostname else hostname
        self._authority = f"{name}:{self._doors[0].getsockname()[1]}"
        self._selector = selectors.DefaultSelector()
        self._guests: deque[Guest] = deque()
        for door in self._doors:
            self._selector.register(door, selectors.EVENT_READ)

    @property
    def redirect_uri(self) -> str:
        return f"http://{self._authority}{self._path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._guests:
            self._send_away(self._guests[0])
        for door in self._doors:
            door.close()
        self._selector.close()

    def wait(
        self,
        judge: Judge,
        *,
        asked: str,  # noqa: ARG002  # a browser has it
        seconds: float,
        terminal: Terminal | None = None,
    ) -> Verdict | None:
        end = time.monotonic() + seconds
        if terminal:
            self._selector.register(terminal, selectors.EVENT_READ)
        try:
            while (now := time.monotonic()) < end and not self._stopped.is_set():
                verdict = self._look(judge, terminal, until=min(end, now + _TICK))
                if verdict:
                    return verdict
        finally:
            if terminal and terminal.fileno() in self._selector.get_map():
                self._selector.unregister(terminal)
        return None

    def stop(self) -> None:
        self._stopped.set()

    def _look(self, judge: Judge, keyboard: Terminal | None, *, until: float) -> Verdict | None:
        """What the next moment brings."""
        for key, _ in self._selector.select(max(0.0, until - time.monotonic())):
            verdict = None
            if key.fileobj is keyboard and keyboard is not None:
                verdict = self._hear(keyboard, judge)
            elif isinstance(key.data, Guest) and key.data in self._guests:
                verdict = self._serve(key.data, judge)
            elif key.data is None:
                self._let_in(key.fileobj)
            if verdict:
                return verdict
        self._lose_patience()
        return None

    def _hear(self, keyboard: Terminal, judge: Judge) -> Verdict | None:
        lines = keyboard.lines()
        if lines is None:
            self._selector.unregister(keyboard)
        return next((verdict for line in lines or () if (verdict := judge.pasted(line))), None)

    def _let_in(self, door: object) -> None:
        try:
            client = door.accept()[0]  # type: ignore[attr-defined]  # a selector's key is untyped
        except OSError:
            return
        client.settimeout(0)
        if len(self._guests) >= _GUESTS:
            self._send_away(self._guests[0])
        guest = Guest(client, time.monotonic() + _PATIENCE)
        self._guests.append(guest)
        self._selector.register(client, selectors.EVENT_READ, guest)

    def _serve(self, guest: Guest, judge: Judge) -> Verdict | None:
        """Reads on; once the request is whole, it is answered."""
        if not guest.read():
            self._send_away(guest)
        elif is_whole(guest.received):
            return self._answer(guest, judge)
        elif len(guest.received) > LIMIT:
            self._send_away(guest, page.answer("431 Too Large", "bad", "Too large", "No."))
        return None

    def _answer(self, guest: Guest, judge: Judge) -> Verdict | None:
        verdict = self._judged(Visit.parse(guest.received), judge)
        if verdict is None:
            self._send_away(guest, page.nothing())
        elif verdict.error:
            self._send_away(guest, page.failed(verdict.error))
        else:
            self._send_away(guest, page.succeeded())
        return verdict

    def _judged(self, visit: Visit | None, judge: Judge) -> Verdict | None:
        """Only a person's browser, at exactly our address, is heard at all."""
        if visit is None or visit.method != "GET" or visit.path != self._path:
            return None
        if not visit.is_for(self._authority) or not visit.is_navigation():
            return None
        return judge.redirected(visit.target)

    def _lose_patience(self) -> None:
        while self._guests and self._guests[0].deadline < time.monotonic():
            self._send_away(self._guests[0])

    def _send_away(self, guest: Guest, said: bytes = b"") -> None:
        self._guests.remove(guest)
        self._selector.unregister(guest.client)
        guest.leave(said)
