"""One connection to the callback listener."""

from __future__ import annotations

import socket
from typing import final

__all__ = ["Guest"]

_CHUNK = 8192

_SENDING = 2.0
"""Seconds in which a client must have taken its page."""


@final
class Guest:
    """Who has connected, and what has come of its request so far.

    Args:
        client: The connection, which never blocks.
        deadline: When its request must be whole, by `time.monotonic`.
    """

    def __init__(self, client: socket.socket, deadline: float) -> None:
        self.client = client
        self.deadline = deadline
        self.received = b""

    def read(self) -> bool:
        """Reads what is there; False at the end."""
        try:
            chunk = self.client.recv(_CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.received += chunk
        return bool(chunk)

    def leave(self, said: bytes) -> None:
        """Says the last word and hangs up, without the reset that would swallow it."""
        try:
            self.client.settimeout(_SENDING)
            if said:
                self.client.sendall(said)
            self.client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # who has gone needs no answer
        finally:
            self.client.close()
