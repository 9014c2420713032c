"""Where clients wait, and where they say that they have come."""

from __future__ import annotations

import threading
from typing import final

from keyhole_mcp.testing.place import Answer, Asked, Place

__all__ = ["Gate", "Meeting"]


@final
class Gate:
    """A URL whose answer comes when the gate is opened; no sleep tells who is where.

    Args:
        site: Where it stands; it must be none that a probe counts on.
        name: Its path.
    """

    def __init__(self, site: Place, name: str) -> None:
        self.url = f"{site.origin}/{name}"
        self.arrived = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        site.routes[f"GET /{name}"] = self._wait

    def open(self) -> None:
        """Lets everybody go, and whoever comes later."""
        self._open.set()

    def _wait(self, _: Asked) -> Answer:
        with self._lock:
            self.arrived += 1
        self._open.wait()
        return Answer(204)


@final
class Meeting:
    """A tool whose calls all end once so many are under way, or once nobody else comes.

    Args:
        size: How many calls there should be at once.
        patience: How many seconds after the last arrival another one may come.

    Attributes:
        most: How many were under way at once, at the most.
    """

    def __init__(self, size: int, patience: float = 8.0) -> None:
        self.most = 0
        self._size = size
        self._patience = patience
        self._inside = 0
        self._over = False
        self._changed = threading.Condition()

    def join(self) -> str:
        """One call."""
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._over = self._over or self._inside >= self._size
            self._changed.notify_all()
            while not self._over:
                if not self._changed.wait(self._patience):
                    self._over = True
            self._changed.notify_all()
            self._inside -= 1
        return "all came" if self.most >= self._size else "not all came"
