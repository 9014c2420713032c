"""The sockets of the loopback listener: on this machine only."""

from __future__ import annotations

import errno
import os
import socket
import sys
from contextlib import ExitStack, suppress

from keyhole.errors import BusyError, UsageError

__all__ = ["opened"]

_FAMILIES = {
    "127.0.0.1": [(socket.AF_INET, "127.0.0.1")],
    "::1": [(socket.AF_INET6, "::1")],
    # A browser takes either; another program must not hold the other one (RFC 8252, section 8.3).
    "localhost": [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
}
_TRIES = 8


def opened(hostname: str, port: int) -> list[socket.socket]:
    """Sockets that listen for a host's name, all on one port.

    Args:
        hostname: "127.0.0.1", "::1", or "localhost" for both.
        port: The port; 0 for one that is free for all of them.

    Raises:
        BusyError: The port is taken, or this machine has no such address.
        UsageError: The name is another.
    """
    if hostname not in _FAMILIES:
        raise UsageError(
            f"a login can't come back to {hostname!r}",
            remedy=f"use one of {', '.join(_FAMILIES)}",
        )
    # A free port of one family may be taken in the other: then another free one is tried.
    for _ in range(_TRIES if port == 0 else 1):
        try:
            return _all(hostname, port)
        except OSError as error:
            taken = error
    raise BusyError(
        f"the login can't listen on {hostname}:{port or 'any port'}: "
        f"{os.strerror(taken.errno or errno.EADDRINUSE)}",
        where=f"{hostname}:{port}",
        remedy="end the program that uses the port (another login?), or configure another port",
    )


def _all(hostname: str, port: int) -> list[socket.socket]:
    with ExitStack() as opening:
        doors: list[socket.socket] = []
        for family, address in _FAMILIES[hostname]:
            chosen = doors[0].getsockname()[1] if doors else port
            with suppress(_NoSuchFamilyError) if doors else ExitStack():
                doors.append(opening.enter_context(_one(family, address, chosen)))
        opening.pop_all()
        return doors


class _NoSuchFamilyError(OSError):
    """This machine does not speak IPv6."""


def _one(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    try:
        door = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _NoSuchFamilyError(error.errno, "no such family") from error
    try:
        if sys.platform != "win32":  # there it would let another program take the port as well
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((address, port))
        door.listen()
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _NoSuchFamilyError(error.errno, "no such address") from error
        raise
    door.settimeout(0)
    return door
