"""A relay of TCP connections for tests: it can speak TLS in front of a server, and lose answers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

__all__ = ["Relay", "listener", "relay"]


class Relay:
    """Hands on what comes, each connection on threads of its own.

    Args:
        inlet: Where connections come in.
        connect: Connects to the server.
        context: How TLS is spoken at the inlet; None for plain TCP.

    Attributes:
        lose: How many answers of the server to lose, each with its connection.
    """

    def __init__(
        self,
        inlet: socket.socket,
        connect: Callable[[], socket.socket],
        context: ssl.SSLContext | None,
    ) -> None:
        self._inlet = inlet
        self._connect = connect
        self._context = context
        self.lose = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens, on this machine's loopback."""
        port: int = self._inlet.getsockname()[1]
        return port

    def _accept(self) -> None:
        with suppress(OSError):  # The inlet is closed when the test is over.
            while True:
                client, _ = self._inlet.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), closing(client):
            plain = client
            if self._context:
                plain = self._context.wrap_socket(client, server_side=True)
            with closing(plain), closing(self._connect()) as server:
                back = threading.Thread(target=self._answer, args=(server, plain), daemon=True)
                back.start()
                _pump(plain, server)
                back.join()

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self.lose:
                    self.lose -= 1
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def listener(port: int = 0) -> socket.socket:
    """A socket that listens at the loopback of the network that this thread is in."""
    return socket.create_server(("127.0.0.1", port))


@contextmanager
def relay(
    connect: Callable[[], socket.socket],
    *,
    inlet: socket.socket | None = None,
    context: ssl.SSLContext | None = None,
) -> Iterator[Relay]:
    """Starts a relay.

    Args:
        connect: Connects to the server.
        inlet: Where connections come in; else a new one.
        context: How TLS is spoken at the inlet; None for plain TCP.
    """
    with closing(inlet or listener()) as open_inlet:
        yield Relay(open_inlet, connect, context)
        # What waits in `accept` is woken by this alone.
        with suppress(OSError):
            open_inlet.shutdown(socket.SHUT_RDWR)
