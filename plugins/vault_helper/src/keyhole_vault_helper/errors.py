"""What goes wrong with a vault: an outage passes, everything else is its last word.

VaultError          exit code 1
├── OutageError     1   it can't be reached, is sealed, has no leader, or is too slow
└── DeniedError     1   it does not let this token do that
"""

from __future__ import annotations

from keyhole.errors import KeyholeError, ServerError

__all__ = ["BACK_OFF", "DeniedError", "OutageError", "VaultError"]


BACK_OFF = 30.0
"""Seconds without another try, by anybody, while a vault is away and what is kept goes on."""


class VaultError(KeyholeError):
    """A vault does not give the key: wrong path, wrong field, refused login, useless value."""


class OutageError(VaultError):
    """A vault that gives nobody anything now. It says nothing about the key."""

    def endured(self) -> ServerError:
        """The same for a renewal that goes on with what it has: nobody asks again for a while."""
        return ServerError(self.problem, where=self.where, remedy=self.remedy, retry_after=BACK_OFF)


class DeniedError(VaultError):
    """A vault refuses: the token is not good, or no policy of it allows this."""
