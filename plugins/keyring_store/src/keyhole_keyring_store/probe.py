"""Whether a keyring could be used now: nothing is written, no window opens if it's avoidable."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked

from keyhole_keyring_store.kind import each, is_secret_service

__all__ = ["probe"]


def probe(backend: KeyringBackend) -> None:
    """Returns if the keyring could be read.

    Raises:
        Exception: What the back-end says: one of the library's errors, or one of its own.
    """
    for one in each(backend):
        if is_secret_service(one):
            _look_at_collection(one)
        else:
            one.get_password("keyhole:status", "keyhole")


def _look_at_collection(backend: KeyringBackend) -> None:
    """Reading an item of a locked collection would ask the user to unlock it; this doesn't."""
    import secretstorage

    from keyhole_keyring_store.secret_service import open_collection, session_bus

    with session_bus() as bus:
        try:
            collection = open_collection(bus, backend, create=False)
        except secretstorage.ItemNotFoundException as error:
            raise InitError("there is no default keyring yet") from error
        if collection.is_locked():
            raise KeyringLocked
