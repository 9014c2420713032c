"""A key that is held by a lease: taken, written, and let go of."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1
from typing import final
from uuid import uuid4

from keyhole.errors import BusyError, LeaseError, StoreError
from keyhole.record import TokenRecord
from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole_redis_store.failure import UnansweredError
from keyhole_redis_store.link import Link
from keyhole_redis_store.scripts import DELETE, KEEP, RELEASE, REPLACE, TAKE
from keyhole_redis_store.server import Server

__all__ = ["RedisSlot", "taken"]

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25
"""Seconds between two looks: 64 that wait ask a server about 400 times in a second."""


@contextmanager
def taken(link: Link, server: Server, key: str, timeout: float) -> Iterator[RedisSlot]:
    """Holds a key; whatever happens to the holder, its lease ends.

    Args:
        link: The connection.
        server: The server.
        key: The key.
        timeout: How many seconds to wait for it; 0 tries once.

    Raises:
        BusyError: Another holds it, and who that is.
        StoreError: The server can't be used.
    """
    slot = RedisSlot(link, server, key)
    try:
        # It may be taken also where the answer is lost, or the wait is broken off.
        slot.take(timeout)
        yield slot
    finally:
        slot.release()


@final
class RedisSlot:
    """One hold of one key.

    A lease is prolonged by a write and by nothing else: never behind the back of who hangs.

    Args:
        link: The connection.
        server: The server.
        key: The key.
    """

    def __init__(self, link: Link, server: Server, key: str) -> None:
        self._link = link
        self._server = server
        self._key = key
        self._holder = f"{uuid4().hex} {_who()}"
        self._milliseconds = round(server.lease * 1000)
        # Whoever does not hear that it has the key soon has it no longer.
        self._unheard = round(min(server.lease, server.timeout) * 1000)
        self._may_hold = False
        self._fence = 0
        self._step = 0

    @property
    def record(self) -> TokenRecord | None:
        text = self._link.record(self._key)
        return None if text is None else TokenRecord.parse(text, where=self._server.where)

    def take(self, timeout: float) -> None:
        """Takes the key, or says who has it; see `taken`."""
        until = time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while (busy := self._try()) is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise self._busy(*busy)
            # Nobody's looks fall into step with another's.
            time.sleep(min(left, pause * random.uniform(0.5, 1.0)))  # noqa: S311  # no secret
            pause = min(pause * 2, _LONGEST_PAUSE)

    def replace(self, record: TokenRecord) -> None:
        text = record.text()
        done, kept = self._write(REPLACE, text)
        if done == 1 and kept.decode() != _digest(text):
            raise StoreError(
                "what was written does not read back",
                where=self._server.where,
                remedy="see the server's log",
            )

    def delete(self) -> None:
        self._write(DELETE)

    def release(self) -> None:
        """Lets go; where the server does not hear it, the lease ends by itself."""
        if self._may_hold:
            with suppress(StoreError):
                self._link.run(RELEASE, self._key, self._holder)

    def _try(self) -> tuple[bytes, int] | None:
        """Tries once; None, or who has it and for how many milliseconds at the most."""
        self._may_hold = True
        took, said, left = self._link.run(TAKE, self._key, self._holder, self._unheard)
        if took:
            self._fence = int(said)
            took, _ = self._link.run(KEEP, self._key, self._holder, self._milliseconds, self._fence)
            said, left = b"", 0
        self._may_hold = bool(took)
        return None if took else (said, left)

    def _write(self, script: str, *text: Secret) -> tuple[int, bytes]:
        """Runs a script that writes; asks a second time where the answer is lost."""
        self._step += 1
        given: tuple[str | int | Secret, ...] = (
            self._holder,
            self._milliseconds,
            self._fence,
            self._step,
            *text,
        )
        try:
            done, said = self._link.run(script, self._key, *given)
        except UnansweredError as lost:
            done, said = self._again(script, given, lost)
        if not done:
            raise self._overtaken(int(said))
        return done, said

    def _again(
        self, script: str, given: tuple[str | int | Secret, ...], lost: UnansweredError
    ) -> tuple[int, bytes]:
        """Finds out what became of a write: the server knows whether it has done this step."""
        try:
            done, said = self._link.run(script, self._key, *given)
        except StoreError as error:
            raise StoreError(
                f"{lost.problem}; then {error.problem}: whether the token was kept is not known",
                where=self._server.where,
                remedy=error.remedy,
            ) from None
        return done, said

    def _busy(self, holder: bytes, left: int) -> BusyError:
        who = printable(holder.decode("utf-8", "replace").partition(" ")[2]) or "another process"
        return BusyError(
            f"{who} holds it",
            where=self._server.where,
            remedy=f"end {who} if it hangs; its lease ends in {max(left, 0) / 1000:.0f} seconds",
        )

    def _overtaken(self, fence: int) -> LeaseError:
        since = fence - self._fence
        others = f"{since} others have" if since > 1 else "another has"
        return LeaseError(
            f"the lease of {self._server.lease:g} seconds was over, or the server lost it, and "
            f"{others} taken the key since: the write was refused",
            where=self._server.where,
            remedy="read it again; raise [redis] lease if that was no accident",
        )


def _digest(text: Secret) -> str:
    # SHA-1 because the server can; it finds damage and guards nothing.
    return sha1(text.reveal().encode(), usedforsecurity=False).hexdigest()


def _who() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
