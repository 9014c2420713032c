"""A loading that one begins and many wait for.

`concurrent.futures.Future` would do; it brings logging with it, which a command line that loads one
credential would pay for at each start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from keyhole.credential import Credential

__all__ = ["Flight"]


@final
class Flight:
    """What a loading came to, for everybody who waits for it on any thread or loop."""

    def __init__(self) -> None:
        self._landed = threading.Event()
        self._lock = threading.Lock()
        self._waking: list[Callable[[], object]] = []
        self._loaded: Credential | None = None
        self._error: BaseException | None = None

    def land(self, loaded: Credential | None) -> None:
        """Gives everybody what was loaded; None sends them to look again."""
        self._loaded = loaded
        self._end()

    def crash(self, error: BaseException) -> None:
        """Gives everybody the error."""
        self._error = error
        self._end()

    def result(self) -> Credential | None:
        """What was loaded, once it is; blocks until then.

        Raises:
            BaseException: The error that it ended with.
        """
        self._landed.wait()
        if self._error is not None:
            raise self._error
        return self._loaded

    async def aresult(self) -> Credential | None:
        """The same for a coroutine, whose loop goes on meanwhile."""
        # Whoever awaits has it imported already.
        import asyncio

        loop, landed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            # A loop that was closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(landed.set)

        self._when_landed(wake)
        await landed.wait()
        return self.result()

    def _when_landed(self, wake: Callable[[], object]) -> None:
        with self._lock:
            if not self._landed.is_set():
                self._waking.append(wake)
                return
        wake()

    def _end(self) -> None:
        with self._lock:
            self._landed.set()
            waking, self._waking = self._waking, []
        for wake in waking:
            wake()
