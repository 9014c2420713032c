"""Keyrings in memory: one that behaves, one that breaks off, one that hangs, one that refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

__all__ = ["Breaking", "Hanging", "Memory", "ReadOnly", "Refusing", "Tight"]


class Memory(KeyringBackend):
    """A keyring that keeps what it is given.

    Attributes:
        kept: What it has, by service name.
    """

    priority = -10  # the library never chooses it by itself

    def __init__(self, kept: dict[str, str] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library says no types there
        self.kept = {} if kept is None else kept

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        assert username == "keyhole"
        return self.kept.get(service)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps it."""
        assert username == "keyhole"
        self.kept[service] = password

    def delete_password(self, service: str, username: str) -> None:
        """Removes what is there; an error where nothing is."""
        assert username == "keyhole"
        if service not in self.kept:
            raise PasswordDeleteError(service)
        del self.kept[service]


class Tight(Memory):
    """A keyring whose items hold 2,560 bytes of UTF-16, as on Windows."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps it if it fits."""
        assert len(password.encode("utf-16-le")) <= 2_560
        super().set_password(service, username, password)


class Breaking(Memory):
    """A keyring whose user is killed: after so many calls none is answered any more.

    Args:
        kept: What it has.
        calls: How many it answers.
    """

    def __init__(self, kept: dict[str, str], calls: int) -> None:
        super().__init__(kept)
        self._left = calls

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        self._count()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps it."""
        self._count()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        """Removes it."""
        self._count()
        super().delete_password(service, username)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionResetError


class ReadOnly(Memory):
    """A keyring that can't be written to."""

    def set_password(self, *_: str) -> None:
        """Says what the library's back-ends say."""
        raise NotImplementedError


class Hanging(Memory):
    """A keyring that answers when it is let go.

    Attributes:
        answers: Set while it answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()
        self.answers.set()

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept, in time."""
        self.answers.wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps it, in time."""
        self.answers.wait()
        super().set_password(service, username, password)


class Refusing(Memory):
    """A keyring that answers everything with an error.

    Args:
        error: Makes the error.
    """

    def __init__(self, error: Callable[[], Exception]) -> None:
        super().__init__()
        self._error = error

    def get_password(self, *_: str) -> str | None:
        """Raises the error."""
        raise self._error()

    def set_password(self, *_: str) -> None:
        """Raises the error."""
        raise self._error()

    def delete_password(self, *_: str) -> None:
        """Raises the error."""
        raise self._error()
