"""Which scopes a token was refused for although they had been asked for: asked for no more."""

from __future__ import annotations

from collections import OrderedDict

from keyhole.errors import RejectedError
from keyhole.secret import Secret

__all__ = ["Memory"]

_MOST = 32
"""So many are remembered; who forgets asks a person once more than needed."""


class Memory:
    """Remembers by token: another login may have what this one does not get."""

    def __init__(self) -> None:
        self._useless: OrderedDict[tuple[Secret, str], None] = OrderedDict()

    def note(self, token: Secret, scope: str) -> None:
        """Asking for the scope gave this token, and the server wants the scope all the same."""
        self._useless[token, scope] = None
        while len(self._useless) > _MOST:
            self._useless.popitem(last=False)

    def check(self, token: Secret, scope: str, *, where: str) -> None:
        """Whether asking for the scope may help.

        Raises:
            RejectedError: It did not.
        """
        if (token, scope) in self._useless:
            raise RejectedError(
                f"the server asks for the scope {scope or '(it does not say which)'} although the "
                "token was got with it",
                where=where,
                remedy="ask whoever runs the server; or sign in with another account",
            )
