"""The store: one server that all machines share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, final

from keyhole.errors import StoreError
from keyhole.record import TokenRecord
from keyhole.store import Availability, Slot, State
from keyhole_redis_store.link import Link
from keyhole_redis_store.server import Server
from keyhole_redis_store.slot import taken

__all__ = ["RedisStore"]

_PROMPT = 0.9
"""Seconds that the status waits for a connection, and for each answer."""

_WHOLE = 2.7
"""Seconds for all of it together: the status has three."""


@final
class RedisStore:
    """Records in a Redis (6 or newer) or Valkey server; nothing is asked before it is used.

    Args:
        server: The server, as it is configured.
    """

    name = "redis"
    priority = 600

    def __init__(self, server: Server) -> None:
        self._server = server
        self._checked = False

    def status(self) -> Availability:
        if self._server.address is None:
            return self._said(State.ABSENT, "no [redis] url is set", "name the server there")
        try:
            prompt = Link(self._server, min(self._server.timeout, _PROMPT), _WHOLE)
            _check(prompt.try_out(), self._server)
        except StoreError as error:
            return self._said(State.UNUSABLE, error.problem, error.remedy)
        return self._said(State.USABLE)

    def read(self, key: str) -> TokenRecord | None:
        text = self._link.record(key)
        return None if text is None else TokenRecord.parse(text, where=self._server.where)

    @contextmanager
    def exclusive(self, key: str, *, timeout: float) -> Iterator[Slot]:
        self._check_once()
        with taken(self._link, self._server, key, timeout) as slot:
            yield slot

    @cached_property
    def _link(self) -> Link:
        return Link(self._server, self._server.timeout)

    def _check_once(self) -> None:
        """What would lose tokens is refused before the first one is entrusted to it."""
        if not self._checked:
            _check(self._link.facts(), self._server)
            self._checked = True

    def _said(self, state: State, reason: str = "", remedy: str = "") -> Availability:
        clear = " (not encrypted on the way there)" if self._server.clear else ""
        return Availability(
            state,
            protected=self._server.asks and not self._server.clear,
            where=self._server.where + clear,
            reason=reason,
            remedy=remedy,
        )


def _check(facts: dict[str, Any], server: Server) -> None:
    """Whether a server keeps what it is given.

    Raises:
        StoreError: It can't be written, or throws away what it likes when memory is short.
    """
    if facts.get("role") == "slave" and facts.get("slave_read_only", 1):
        raise StoreError(
            "it is a replica, which can't be written",
            where=server.where,
            remedy="name the primary in [redis] url",
        )
    policy = str(facts.get("maxmemory_policy", ""))
    if facts.get("maxmemory") and policy.startswith("allkeys"):
        raise StoreError(
            f"it may throw tokens away when its memory is full (maxmemory-policy {policy})",
            where=server.where,
            remedy="set its maxmemory-policy to noeviction, or to one that begins with volatile",
        )
