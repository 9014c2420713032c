"""What is known of a back-end of the keyring library: its name, and how it keeps what it has."""

from __future__ import annotations

from collections.abc import Iterator

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

__all__ = ["each", "is_none", "is_protected", "is_secret_service", "part_size", "title"]

_DESKTOPS = "keyring.backends.SecretService"

_TITLES = {
    _DESKTOPS: "Secret Service",
    "keyring.backends.libsecret": "Secret Service (libsecret)",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
"""Those that are known to encrypt what they keep, or to keep it from other users and programs."""

_NONE = ("keyring.backends.fail", "keyring.backends.null")

_SMALL_ITEMS = ("keyring.backends.Windows",)


def each(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    """The back-ends that a chain of several stands for; else the one itself."""
    if isinstance(backend, ChainerBackend):
        yield from backend.backends
    else:
        yield backend


def title(backend: KeyringBackend) -> str:
    """What a person calls it; a third party's by its class."""
    return ", ".join(
        _TITLES.get(_module(one), f"{_module(one)}.{type(one).__qualname__}")
        for one in each(backend)
    )


def is_none(backend: KeyringBackend) -> bool:
    """Whether it is a place holder that keeps nothing."""
    return _module(backend) in _NONE


def is_secret_service(backend: KeyringBackend) -> bool:
    """Whether it speaks with a Secret Service itself, over D-Bus."""
    return _module(backend) == _DESKTOPS


def is_protected(backend: KeyringBackend) -> bool:
    """Whether what it keeps is known to be protected; of a third party's that isn't known."""
    return all(_module(one) in _TITLES for one in each(backend))


def part_size(backend: KeyringBackend) -> int:
    """How many ASCII characters one item takes.

    Windows takes 2,560 bytes, in UTF-16
    (https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentiala).
    """
    return 1_200 if any(_module(one) in _SMALL_ITEMS for one in each(backend)) else 16_000


def _module(backend: KeyringBackend) -> str:
    return type(backend).__module__
