"""The keys of the table `[vault]` that are good for every kind of vault."""

from __future__ import annotations

from math import isfinite

from keyhole.option import Option

__all__ = [
    "BACKEND",
    "FIELD",
    "KIND",
    "OFFLINE",
    "OPTIONS",
    "PATH",
    "REFRESH",
    "TIMEOUT",
    "file_path",
    "text",
    "truth",
    "url",
]

_KINDS = ("api-key", "bearer")


def text(value: object) -> str | None:
    """A text in printable ASCII."""
    fits = isinstance(value, str) and value.isascii() and value.isprintable() and value.strip()
    return value if fits and isinstance(value, str) else None


def file_path(value: object) -> str | None:
    """A file's name that means the same in every folder."""
    fits = isinstance(value, str) and value.startswith(("/", "~/")) and "\0" not in value
    return value if fits and isinstance(value, str) else None


def truth(value: object) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def url(value: object) -> str | None:
    """A base URL without a user, a query or a fragment."""
    from keyhole.endpoint import problem_of

    return value if isinstance(value, str) and not problem_of(value) else None


def _path(value: object) -> str | None:
    """A path in a vault; no part of it leads upwards."""
    found = text(value)
    parts = (found or "").strip("/").split("/")
    return None if found is None or {"", ".", ".."} & set(parts) else found.strip("/")


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and value > 0 else None


A_PATH = "a path that begins with / or ~/"
A_TEXT = "a text in printable ASCII"
A_TRUTH = "true or false"
_SECONDS = "a number of seconds above 0"

BACKEND = Option("vault.backend", "the name of a kind of vault", text, "vault")
"""Which kind of vault: "vault" (HashiCorp's, OpenBao), "pass", or a third party's."""

PATH = Option("vault.path", "a path without empty parts, '.' or '..'", _path, "")
"""Where the key is; without it the source is absent."""

FIELD = Option("vault.field", A_TEXT, text, "")
"""The field of the secret; not needed where it has only one."""

KIND = Option(
    "vault.kind",
    '"api-key" or "bearer"',
    lambda value: value if isinstance(value, str) and value in _KINDS else None,
    "api-key",
)
"""What the value is, which decides the header that carries it."""

REFRESH = Option("vault.refresh", _SECONDS, _seconds, 60.0)
"""For how many seconds a value without a lease is used before the vault is asked again."""

OFFLINE = Option("vault.offline", _SECONDS, _seconds, 24 * 60 * 60.0)
"""For how many seconds a value without a lease goes on working while the vault is away."""

TIMEOUT = Option("vault.timeout", _SECONDS, _seconds, 0.0)
"""How many seconds the way to the key may take in all; else VAULT_CLIENT_TIMEOUT, or 10."""

OPTIONS = (BACKEND, PATH, FIELD, KIND, REFRESH, OFFLINE, TIMEOUT)
