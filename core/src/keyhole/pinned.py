"""Connections that go to addresses which were checked, and to no other.

A name can have another address a moment later (DNS rebinding). Who checked the addresses of a name
therefore passes them on; the name is still what the certificate is checked against.
"""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from keyhole.errors import NetworkError

__all__ = ["addresses_of", "handlers"]


def addresses_of(url: str) -> tuple[str, ...]:
    """The addresses of a URL's host; none where a proxy makes the connection and looks it up.

    Raises:
        NetworkError: The name has no address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return ()
    try:
        found = socket.getaddrinfo(host, parts.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        found = []
    if not found:
        raise NetworkError(
            "the name has no address", where=host, remedy="check the network and the URL"
        )
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def handlers(addresses: Sequence[str]) -> tuple[urllib.request.BaseHandler, ...]:
    """What makes an opener connect to these addresses, tried in their order, past any proxy."""
    return urllib.request.ProxyHandler({}), _Http(addresses), _Https(addresses)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__()
        self._addresses = addresses

    def http_open(self, request: Any) -> Any:
        return self.do_open(partial(_http, self._addresses), request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__()
        self._addresses = addresses

    def https_open(self, request: Any) -> Any:
        return self.do_open(partial(_https, self._addresses), request)


def _http(addresses: Sequence[str], host: str, **options: Any) -> HTTPConnection:
    return _pinned(HTTPConnection(host, **options), addresses)


def _https(addresses: Sequence[str], host: str, **options: Any) -> HTTPConnection:
    return _pinned(HTTPSConnection(host, **options), addresses)


def _pinned(connection: HTTPConnection, addresses: Sequence[str]) -> HTTPConnection:
    # The one seam that http.client has between "connect there" and "speak TLS as that name".
    connection._create_connection = partial(_connected, addresses)  # type: ignore[attr-defined]  # noqa: SLF001
    return connection


def _connected(addresses: Sequence[str], target: tuple[str, int], *options: Any) -> socket.socket:
    """A connection to the first address that answers.

    Raises:
        OSError: None of them does.
    """
    failed: OSError = OSError("there is no address")
    for address in addresses:
        try:
            return socket.create_connection((address, target[1]), *options)
        except OSError as error:
            failed = error
    raise failed
