"""What a keyring's errors mean, and what to do about each."""

from __future__ import annotations

from keyring.errors import InitError, KeyringLocked, NoKeyringError

from keyhole.errors import StoreError

__all__ = ["NO_KEYRING", "failure"]

NO_KEYRING = (
    "there is no keyring service here",
    "log in to a desktop session, or start gnome-keyring-daemon under dbus-run-session; over SSH "
    'and in containers another store is simpler: [stores] use = "file"',
)
_LOCKED = (
    "the keyring is locked",
    "unlock it: log in to the desktop, or open it in its own program; then run this again",
)
_NOT_OPENED = (
    "the keyring can't be opened",
    "create or unlock the default keyring in its own program; then run this again",
)
_REFUSED = (
    "the keyring refused",
    "see if its own program works, and run this again",
)


def failure(error: Exception, where: str) -> StoreError:
    """The error as a user can act upon it.

    Args:
        error: What the keyring library, or a back-end under it, raised.
        where: The name of the keyring.
    """
    problem, remedy = _meaning(error)
    # A back-end's text may hold what it was given to keep, so that only the kind is told.
    return StoreError(f"{problem} ({type(error).__name__})", where=where, remedy=remedy)


def _meaning(error: Exception) -> tuple[str, str]:
    # Other back-ends' errors aren't the library's own: Secret Service says LockedException.
    name = type(error).__name__
    if isinstance(error, NoKeyringError) or "NotAvailable" in name:
        return NO_KEYRING
    if isinstance(error, KeyringLocked) or "Locked" in name:
        return _LOCKED
    if isinstance(error, InitError) or "Dismissed" in name:
        return _NOT_OPENED
    return _REFUSED
