"""The keys of the table `[redis]` in keyhole's configuration."""

from __future__ import annotations

from math import isfinite

from keyhole import Option
from keyhole_redis_store.address import Address

__all__ = [
    "CA_FILE",
    "CERTIFICATE",
    "KEY",
    "LEASE",
    "OPTIONS",
    "PASSWORD_FILE",
    "PASSWORD_KEYRING",
    "PREFIX",
    "TIMEOUT",
    "URL",
    "USERNAME",
]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _path(value: object) -> str | None:
    named = isinstance(value, str) and value.startswith(("/", "~/")) and "\0" not in value
    return value if named and isinstance(value, str) else None


def _prefix(value: object) -> str | None:
    # A brace would decide which part of a name chooses the slot of a cluster.
    fits = isinstance(value, str) and value and value.isascii() and value.isprintable()
    return value if fits and isinstance(value, str) and not set(value) & set("{} *?[]") else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and _SHORTEST <= value <= _LONGEST else None


_SHORTEST, _LONGEST = 0.05, 3600

_A_PATH = "a path that begins with / or ~/"
_SECONDS = f"a number of seconds, {_SHORTEST} to {_LONGEST}"

URL = Option(
    "redis.url",
    "redis://HOST:PORT/DATABASE, rediss://… (TLS) or unix:///SOCKET?db=DATABASE, without user, "
    "password or other options: 'redis.username' names the user, 'redis.password_file' the file "
    "with the password, which does not belong in a configuration",
    Address.parse,
)
"""The server."""

USERNAME = Option("redis.username", "the name of an ACL user", _text, "")
"""The ACL user; without one the server takes the user `default`."""

PASSWORD_FILE = Option("redis.password_file", _A_PATH, _path, "")
"""A file that holds the password and nothing else, and that nobody else can read."""

PASSWORD_KEYRING = Option("redis.password_keyring", "the name of a service", _text, "")
"""The service in the OS keyring under which the user's password is."""

CA_FILE = Option("redis.ca_file", _A_PATH, _path, "")
"""The certificates (PEM) of who may have signed the server's; else those of the system."""

CERTIFICATE = Option("redis.certificate", _A_PATH, _path, "")
"""This machine's own certificate (PEM), for a server that asks for one."""

KEY = Option("redis.key", _A_PATH, _path, "")
"""The private key of that certificate (PEM)."""

PREFIX = Option(
    "redis.prefix", "printable ASCII without blanks or any of {}[]*?", _prefix, "keyhole:"
)
"""What the name of everything in the database begins with."""

LEASE = Option("redis.lease", _SECONDS, _seconds, 60.0)
"""How long a holder that says nothing keeps a key."""

TIMEOUT = Option("redis.timeout", _SECONDS, _seconds, 3.0)
"""How long an answer is waited for."""

OPTIONS = (
    URL,
    USERNAME,
    PASSWORD_FILE,
    PASSWORD_KEYRING,
    CA_FILE,
    CERTIFICATE,
    KEY,
    PREFIX,
    LEASE,
    TIMEOUT,
)
"""All of them."""
