"""What one use of a keyring speaks to, and the end of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import final

from keyring.backend import KeyringBackend

from keyhole_keyring_store.items import Keyring
from keyhole_keyring_store.kind import each, is_secret_service

__all__ = ["in_use"]


@contextmanager
def in_use(backend: KeyringBackend) -> Iterator[Keyring]:
    """The keyring that a back-end stands for, ready for several items.

    Raises:
        Exception: What the back-end says: one of the library's errors, or one of its own.
    """
    with ExitStack() as stack:
        keyrings = [_ready(one, stack) for one in each(backend)]
        yield keyrings[0] if len(keyrings) == 1 else _Chain(keyrings)


def _ready(backend: KeyringBackend, stack: ExitStack) -> Keyring:
    if not is_secret_service(backend):
        return backend
    from keyhole_keyring_store.secret_service import connected

    return stack.enter_context(connected(backend))


@final
class _Chain:
    """Several keyrings: the first that has an item is read, the first that can keep one keeps it.

    Args:
        keyrings: They, by the library's priority.
    """

    def __init__(self, keyrings: Sequence[Keyring]) -> None:
        self._keyrings = keyrings

    def get_password(self, service: str, username: str, /) -> str | None:
        found = (keyring.get_password(service, username) for keyring in self._keyrings)
        return next((password for password in found if password is not None), None)

    def set_password(self, service: str, username: str, password: str, /) -> None:
        for keyring in self._keyrings:
            try:
                return keyring.set_password(service, username, password)
            except NotImplementedError:
                continue  # it can only be read
        raise NotImplementedError

    def delete_password(self, service: str, username: str, /) -> None:
        # Also from those behind the first: what is there would be read from now on.
        for keyring in self._keyrings:
            if keyring.get_password(service, username) is not None:
                keyring.delete_password(service, username)
