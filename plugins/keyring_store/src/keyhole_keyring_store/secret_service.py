"""The Secret Service over one connection for a whole use, which it survives and which is closed.

The keyring library connects anew for every item, and leaves the connection open where the keyring
can't be opened. gnome-keyring may abort when the first thing that a new client asks for is a
property: it may not have taken note of the client yet
(`gkd_secret_service_get_pkcs11_session: assertion 'client' failed`). Once it has answered one
question it has. So this connects once, first asks what is harmless, and speaks of the collection
by its own name, since gnome-keyring also replaces aliases unsafely.

Only Linux has the libraries that this imports.

Specification: https://specifications.freedesktop.org/secret-service/latest/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, final

import secretstorage
from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # it has no types
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

__all__ = ["connected", "default_collection", "open_collection", "session_bus"]


@contextmanager
def session_bus() -> Iterator[DBusConnection]:
    """A connection to the bus of the user's session.

    Raises:
        SecretServiceNotAvailableException: There is none, or no longer.
    """
    try:
        bus = secretstorage.dbus_init()
    except OSError as error:
        raise secretstorage.SecretServiceNotAvailableException from error
    with closing(bus):
        yield bus


@contextmanager
def connected(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    """The same back-end, for several uses over one connection.

    Raises:
        SecretStorageException: There is no service, or the user dismissed its prompt.
        KeyringLocked: The user did not unlock the keyring.
    """
    with session_bus() as bus:
        collection = open_collection(_Lasting(bus), backend)
        if collection.is_locked():
            collection.unlock()
            if collection.is_locked():
                raise KeyringLocked
        yield backend.with_properties(get_preferred_collection=lambda: collection)


def open_collection(
    bus: DBusConnection, backend: KeyringBackend, *, create: bool = True
) -> secretstorage.Collection:
    """The collection that a back-end keeps its items in.

    Args:
        bus: A connection on which nothing was asked yet.
        backend: Its property `preferred_collection` names another than the default one.
        create: Whether to ask the user to create the default one where there is none.

    Raises:
        ItemNotFoundException: There is none.
    """
    default = default_collection(bus)
    path = getattr(backend, "preferred_collection", default)
    if path is not None:
        return secretstorage.Collection(bus, path)
    if create:
        return secretstorage.create_collection(bus, "Default", "default")
    raise secretstorage.ItemNotFoundException


def default_collection(bus: DBusConnection) -> str | None:
    """The object path of the default collection; None where there is none."""
    for _ in range(2):  # The first answer is "none" where the client is not known yet.
        try:
            return secretstorage.get_collection_by_alias(bus, "default").collection_path
        except secretstorage.ItemNotFoundException:
            continue
    return None


@final
class _Lasting:
    """A connection that those who use it can't close.

    Args:
        bus: The connection.
    """

    def __init__(self, bus: DBusConnection) -> None:
        self._bus = bus

    def close(self) -> None:
        """Does nothing: the connection is used on."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)
