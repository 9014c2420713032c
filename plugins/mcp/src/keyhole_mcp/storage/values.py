"""`AsyncKeyValue` of py-key-value-aio over keyhole's stores, for FastMCP's OAuth."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any, SupportsFloat, final

from keyhole.errors import StoreError
from keyhole.host import Host, RealHost
from keyhole.machine import Machine
from keyhole.record import Extra, TokenRecord
from keyhole.redaction import printable

__all__ = ["KeyValue", "key_value"]

_DEFAULT = "default_collection"
"""The collection that the library's own stores take where none is named."""

_FIELD = "key-value"
_TIMEOUT = 30.0
_Found = tuple[dict[str, Any] | None, float | None]


def key_value(
    account: str = "",
    look: Callable[[], Machine] = Machine.real,
    host: Host | None = None,
) -> KeyValue:
    """What `fastmcp.client.auth.OAuth(token_storage=...)` takes.

    Args:
        account: Keeps several accounts at one server apart: FastMCP's own keys know none.
        look: Takes a look at the machine, anew for each use.
        host: What may be done; None is this machine.
    """
    return KeyValue(account, look, host or RealHost())


@final
class KeyValue:
    """JSON objects by collection and key, each a record of keyhole's own.

    Every method raises StoreError where a store can't be used. What blocks is done in a thread.

    Args:
        account: Whose values.
        look: Takes a look at the machine, anew for each use.
        host: What keeps them, and the clock.
    """

    def __init__(self, account: str, look: Callable[[], Machine], host: Host) -> None:
        self._account = account
        self._look = look
        self._host = host

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        """The value; None where there is none, or it has ended."""
        return (await self.ttl(key, collection=collection))[0]

    async def ttl(self, key: str, *, collection: str | None = None) -> _Found:
        """The value, and how many seconds are left of it; None for one that does not end."""
        return (await self.ttl_many([key], collection=collection))[0]

    async def put(
        self,
        key: str,
        value: Mapping[str, Any],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        """Keeps a value, over an older one.

        Raises:
            key_value.aio.errors.InvalidTTLError: `ttl` is no number of seconds above 0.
            key_value.aio.errors.SerializationError: The value is none that JSON can hold.
        """
        await self.put_many([key], [value], collection=collection, ttl=ttl)

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        """Forgets a value; False if there was none."""
        return await self.delete_many([key], collection=collection) == 1

    async def get_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[dict[str, Any] | None]:
        """`get` for each key."""
        return [value for value, _ in await self.ttl_many(keys, collection=collection)]

    async def ttl_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[_Found]:
        """`ttl` for each key."""
        return await asyncio.to_thread(lambda: [self._read(collection, key) for key in keys])

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        """`put` for each key and its value, all with the same `ttl`.

        Raises:
            ValueError: There are not as many values as keys.
        """
        pairs = list(zip(keys, map(_text, values), strict=True))
        seconds = _seconds(ttl)

        def work() -> None:
            for key, text in pairs:
                self._keep(collection, key, text, seconds)

        await asyncio.to_thread(work)

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        """Forgets values; gives how many there were."""
        forget = partial(self._forget, collection)
        return await asyncio.to_thread(lambda: sum(map(forget, keys)))

    # What blocks

    def _read(self, collection: str | None, key: str) -> _Found:
        record = self._host.tokens(self._look()).read(self._name(collection, key))
        left = _left(record, self._host.now())
        if record is None or (left is not None and left <= 0):
            return None, None
        return _value(record), left

    def _keep(self, collection: str | None, key: str, text: str, seconds: float | None) -> None:
        now = self._host.now()
        record = TokenRecord(
            issued_at=now,
            expires_at=None if seconds is None else now + seconds,
            extra=Extra({_FIELD: text}),
        )
        tokens = self._host.tokens(self._look())
        about = f"key-value collection {printable(collection or _DEFAULT)}"
        name = self._name(collection, key)
        with tokens.exclusive(name, about=about, timeout=_TIMEOUT) as slot:
            slot.replace(record)

    def _forget(self, collection: str | None, key: str) -> bool:
        tokens, name = self._host.tokens(self._look()), self._name(collection, key)
        if tokens.read(name) is None:
            return False
        with tokens.exclusive(name, timeout=_TIMEOUT) as slot:
            was = slot.record is not None
            slot.delete()
        return was

    def _name(self, collection: str | None, key: str) -> str:
        """A digest: FastMCP's keys hold URLs, and those may hold secrets."""
        named = json.dumps([self._account, collection or _DEFAULT, key])
        return f"key-value|{sha256(named.encode()).hexdigest()}"


def _left(record: TokenRecord | None, now: float) -> float | None:
    return None if record is None or record.expires_at is None else record.expires_at - now


def _value(record: TokenRecord) -> dict[str, Any]:
    """The value in a record.

    Raises:
        StoreError: There is something else; nothing of it shows.
    """
    text = record.extra.get(_FIELD)
    with suppress(ValueError):
        found = json.loads(text) if isinstance(text, str) else None
        if isinstance(found, dict):
            return found
    raise StoreError("what is kept here is no value of a key-value store")


def _text(value: Mapping[str, Any]) -> str:
    if not all(isinstance(name, str) for name in value):
        raise _unfit("its names are not all texts")
    try:
        return json.dumps(dict(value))
    except (TypeError, ValueError, RecursionError) as error:
        # The error itself may quote the value.
        raise _unfit(f"{type(error).__name__} when it was written") from None


def _seconds(ttl: SupportsFloat | None) -> float | None:
    if ttl is None:
        return None
    try:
        seconds = math.nan if isinstance(ttl, bool) else float(ttl)
    except (TypeError, ValueError):
        seconds = math.nan
    if 0 < seconds < math.inf:
        return seconds
    from key_value.aio.errors import InvalidTTLError

    raise InvalidTTLError(ttl)


def _unfit(problem: str) -> Exception:
    from key_value.aio.errors import SerializationError

    error: Exception = SerializationError(f"the value is none that JSON can hold: {problem}")
    return error
