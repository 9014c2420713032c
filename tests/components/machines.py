"""Several machines for tests: network namespaces of Linux, each with a loopback of its own."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest

from components.debian import debian
from components.relay import listener, relay

__all__ = ["Island", "islands"]

_CLONE_NEWNET = 0x40000000


@attrs.frozen
class Island:
    """A network that nothing leads out of, but for what is relayed.

    Attributes:
        name: Its name.
    """

    name: str

    @property
    def within(self) -> Sequence[str]:
        """The command that runs another one there."""
        return ("ip", "netns", "exec", self.name)

    @contextmanager
    def reaches(self, port: int) -> Iterator[int]:
        """Leads a port of its loopback to one of this machine's loopback; gives its number."""
        with relay(
            lambda: socket.create_connection(("127.0.0.1", port)), inlet=self._listener()
        ) as relayed:
            yield relayed.port

    def _listener(self) -> socket.socket:
        """A socket stays in the network that the thread was in which made it."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._moved, listener).result()

    def _moved(self, work: Callable[[], socket.socket]) -> socket.socket:
        with Path("/run/netns", self.name).open() as network:
            libc = ctypes.CDLL(None, use_errno=True)  # `os.setns` is there from Python 3.12 on
            assert libc.setns(network.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        return work()


@contextmanager
def islands(count: int) -> Iterator[list[Island]]:
    """Makes networks; skips the test where that is not allowed."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only the superuser of a Linux can make network namespaces")
    with ExitStack() as made:
        yield [made.enter_context(_island(number)) for number in range(count)]


@contextmanager
def _island(number: int) -> Iterator[Island]:
    debian("ip", "iproute2")
    name = f"keyhole-{os.getpid()}-{number}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield Island(name)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
