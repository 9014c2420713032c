"""Keyhole's token store on the keyring of the operating system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole import Option, StoreFactory, hookimpl

if TYPE_CHECKING:
    from keyhole import Machine, TokenStore

__all__ = ["keyhole_options", "keyhole_token_stores"]


@hookimpl
def keyhole_token_stores() -> list[StoreFactory]:
    """`keyring`."""
    return [StoreFactory("keyring", 500, _opened)]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of the table `[keyring]`."""
    from keyhole_keyring_store.options import TIMEOUT

    return [TIMEOUT]


def _opened(machine: Machine) -> TokenStore:
    from keyhole_keyring_store.options import TIMEOUT
    from keyhole_keyring_store.store import KeyringStore

    return KeyringStore(machine.state_folder / "locks", timeout=machine.config.get(TIMEOUT))
