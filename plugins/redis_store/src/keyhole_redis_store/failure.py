"""What a server's errors mean, and what to do about each.

A server's own words are never repeated: some of them quote what was sent.
"""

from __future__ import annotations

import re
import ssl
from typing import final

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004  # the library's own
    NoPermissionError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004  # the library's own
)

from keyhole.errors import StoreError

__all__ = ["UnansweredError", "failure"]

_FORBIDDEN = (
    "this user may not do that",
    "give the ACL user the keys and commands that keyhole-redis-store's README lists",
)

_WORDS: dict[str, tuple[str, str]] = {
    "READONLY": (
        "it is a replica, which can't be written",
        "name the primary in [redis] url",
    ),
    "OOM": (
        "its memory is full, so that it keeps nothing more",
        "raise the server's maxmemory, or take away what fills it; what was kept is still there",
    ),
    "MASTERDOWN": (
        "it is a replica that has lost its primary",
        "wait until the primary is back, or name the new one in [redis] url",
    ),
    "MISCONF": (
        "it can't save to its disk, so that it takes no writes",
        "make room on the server's disk; its log says more",
    ),
    "NOREPLICAS": (
        "it has fewer replicas than it must have to take writes",
        "bring its replicas back, or see min-replicas-to-write",
    ),
    "BUSY": ("a script of somebody else's keeps it busy", "wait, or see SCRIPT KILL"),
    "MOVED": ("it is a node of a cluster", "name a server that is no cluster in [redis] url"),
    "CLUSTERDOWN": ("its cluster is down", "name a server that is no cluster in [redis] url"),
    "NOPERM": _FORBIDDEN,
    "WRONGTYPE": (
        "something else has written under this store's names",
        "choose another [redis] prefix",
    ),
}
"""What the first word of an error stands for (the servers' `shared` error replies)."""


@final
class UnansweredError(StoreError):
    """The connection ended, or time was up, before the answer: what was asked may have happened."""


def failure(error: RedisError, where: str, timeout: float) -> StoreError:
    """The error that a person can act on.

    Args:
        error: What the library raised.
        where: The server.
        timeout: How many seconds were waited for an answer.
    """
    if isinstance(error, TimeoutError):
        problem = f"it does not answer within {timeout:g} seconds"
        return UnansweredError(problem, where=where, remedy="see whether the server hangs")
    problem, remedy = _known(error)
    # The library makes refusals of a log-in errors of the connection, too.
    lost = isinstance(error, ConnectionError) and not isinstance(
        error, AuthenticationError | AuthorizationError | BusyLoadingError
    )
    return (UnansweredError if lost else StoreError)(problem, where=where, remedy=remedy)


def _known(error: RedisError) -> tuple[str, str]:
    if isinstance(error, NoPermissionError):
        return _FORBIDDEN
    if isinstance(error, AuthenticationError | AuthorizationError):
        return (
            "it refuses the user or the password",
            "correct [redis] username and password_file (or password_keyring)",
        )
    if isinstance(error, BusyLoadingError):
        return "it is still loading its data", "wait a moment, and try again"
    if isinstance(error, ConnectionError):
        return _unconnected(error)
    return _answered(error)


def _unconnected(error: ConnectionError) -> tuple[str, str]:
    """Why there is no connection, by what the system said underneath."""
    cause: BaseException | None = error
    why = ""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted: {cause.verify_message or 'it does not verify'}",
                "name the file of its CA in [redis] ca_file; the name in the URL must be the "
                "certificate's",
            )
        if isinstance(cause, ssl.SSLError):
            return (
                f"TLS with it fails ({cause.reason or 'no reason given'})",
                "see whether it speaks TLS at that port, and asks for a certificate",
            )
        if isinstance(cause, OSError) and cause.strerror:
            why = f": {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return f"it can't be reached, or it closed the connection{why}", "see whether the server runs"


def _answered(error: RedisError) -> tuple[str, str]:
    word = _word(error)
    if word in _WORDS:
        return _WORDS[word]
    said = f" ({word})" if word else ""
    return f"it answered with an error that is not known here{said}", "see the server's log"


def _word(error: RedisError) -> str:
    """The first word of an answer: the library takes those that it knows off the text."""
    text = str(error) if isinstance(error, ResponseError) else ""
    # Redis 6 wraps what a command in a script failed with.
    inner = re.search(r"-([A-Z]+) ", text) if text.startswith("Error running script") else None
    if "ACL failure in script" in text:
        return "NOPERM"
    word = inner[1] if inner else getattr(error, "status_code", None) or text.split(" ")[0]
    plain = word.isascii() and word.isalpha() and word.isupper()
    return word if plain else _BY_TYPE.get(type(error).__name__, "")


_BY_TYPE = {
    "ReadOnlyError": "READONLY",
    "OutOfMemoryError": "OOM",
    "MasterDownError": "MASTERDOWN",
    "MovedError": "MOVED",
    "ClusterDownError": "CLUSTERDOWN",
}
"""An older library keeps the word only in the type."""
