"""The password of the ACL user: read anew for each connection, so that a new one counts at once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from keyhole.deadline import within
from keyhole.errors import StoreError
from keyhole.secret import Secret
from keyhole_redis_store.server import Server

__all__ = ["password_of"]

_LIMIT = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def password_of(server: Server, seconds: float) -> Secret | None:
    """The password; None where none is configured.

    Args:
        server: The server.
        seconds: How long a keyring is waited for.

    Raises:
        StoreError: It can't be read, or others can read it.
    """
    if server.password_file:
        return _in_file(server.password_file)
    if server.password_keyring:
        return _in_keyring(server.password_keyring, server.username or "default", seconds)
    return None


def _in_file(path: Path) -> Secret:
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            exposed = _exposure(os.fstat(stream.fileno()))
            content = Secret(stream.read(_LIMIT).decode())
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is not UTF-8"
        raise _unusable(path, f"can't be read: {why}", "check [redis] password_file") from None
    if exposed:
        raise _unusable(path, exposed, f"make it this user's alone: chmod 600 {path}")
    password = Secret(content.reveal().strip("\r\n"))
    if not password.reveal():
        raise _unusable(path, "is empty", "write the password into it")
    return password


def _exposure(facts: os.stat_result) -> str:
    """Who else knows what is in the file; a file of the superuser's may name a group."""
    if os.name != "posix":
        return ""
    if facts.st_uid not in (os.geteuid(), 0):
        return f"belongs to user {facts.st_uid}, not to this one ({os.geteuid()})"
    # That is how Kubernetes hands a secret to a program that is not the superuser.
    given = stat.S_IRGRP if facts.st_uid != os.geteuid() else 0
    mode = stat.S_IMODE(facts.st_mode)
    return f"can be read or written by others (mode {mode:04o})" if mode & _OTHERS & ~given else ""


def _in_keyring(service: str, username: str, seconds: float) -> Secret:
    try:
        import keyring
    except ImportError:
        raise _not_there(service, "the library keyring is not installed") from None
    try:
        found = within(seconds, lambda: keyring.get_password(service, username))
    except TimeoutError:
        problem = f"it does not answer within {seconds:g} seconds"
        raise _not_there(service, problem, "answer its window, if it shows one") from None
    except Exception as error:  # noqa: BLE001  # back-ends are third parties' and raise anything
        # What they say may hold what they keep.
        raise _not_there(service, f"the keyring refuses it ({type(error).__name__})") from None
    if not found:
        raise _not_there(service, f"it holds no password of '{username}' for '{service}'")
    return Secret(found)


def _unusable(path: Path, problem: str, remedy: str) -> StoreError:
    return StoreError(f"the file with the password {problem}", where=str(path), remedy=remedy)


def _not_there(service: str, problem: str, remedy: str = "") -> StoreError:
    return StoreError(
        f"the password can't be had from the OS keyring: {problem}",
        where=f'[redis] password_keyring = "{service}"',
        remedy=f"{remedy or f'keyring set {service} USER'}; or use [redis] password_file",
    )
