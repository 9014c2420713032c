"""Secrets that `keyhole secret` keeps, under the names that people and references use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from keyhole import Secret, TokenRecord
from keyhole.errors import NoCredentialError, RefusedError, UsageError
from keyhole.record import Extra
from keyhole.tokens import Tokens

__all__ = ["forget", "free_name", "keep", "names", "origin_of", "read", "read_for"]

_PREFIX = "secret/"
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,99}")
_PATIENCE = 10.0
_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}


def keep(tokens: Tokens, name: str, secret: Secret, *, about: str, origin: str = "") -> None:
    """Keeps a secret under a name, in the place of what was there.

    Args:
        tokens: The user's tokens.
        name: Small letters, digits, `.`, `_` and `-`.
        secret: The secret.
        about: What it is for, as a person would say it.
        origin: The only server that may be sent it; empty for none.

    Raises:
        UsageError: The name is none.
        StoreError: It can't be kept.
    """
    extra = Extra({"origin": origin} if origin else {})
    with tokens.exclusive(_key(name), about=about, timeout=_PATIENCE) as slot:
        slot.replace(TokenRecord(secret, extra=extra))


def read_for(tokens: Tokens, name: str, url: str) -> Secret:
    """What is kept under a name, for a request to a server.

    Any project can name any secret, and its own server: so a secret goes to its own origin alone.

    Raises:
        RefusedError: It was not kept for that server.
        NoCredentialError: Nothing is kept under it.
        StoreError: The store can't be used.
    """
    secret = read(tokens, name)
    record = tokens.read(_key(name))
    meant = _origin(record) if record else ""
    if not meant or meant != origin_of(url):
        raise RefusedError(
            f"the secret is not for {origin_of(url) or 'such a server'}",
            where=name,
            remedy=f"if it is: keyhole secret set {name} --for URL",
        )
    return secret


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL; empty where it is none that can be told from others."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in _PORTS or "$" in parts.netloc:
        return ""
    return f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}"


def read(tokens: Tokens, name: str) -> Secret:
    """What is kept under a name.

    Raises:
        UsageError: The name is none.
        NoCredentialError: Nothing is kept under it.
        StoreError: The store can't be used.
    """
    record = tokens.read(_key(name))
    if record is None or record.access_token is None:
        raise NoCredentialError(
            f"no secret named {name} is kept", remedy=f"keyhole secret set {name}"
        )
    return record.access_token


def forget(tokens: Tokens, name: str) -> bool:
    """Removes what is kept under a name; False if there was nothing.

    Raises:
        UsageError: The name is none.
        StoreError: The store can't be used.
    """
    with tokens.exclusive(_key(name), timeout=_PATIENCE) as slot:
        was_there = slot.record is not None
        slot.delete()
    return was_there


def names(tokens: Tokens) -> dict[str, str]:
    """The names under which something is kept, each with its store."""
    return {
        entry.key.removeprefix(_PREFIX): entry.store
        for entry in tokens.index.entries()
        if entry.key.startswith(_PREFIX)
    }


def free_name(
    tokens: Tokens, wanted: str, kept: tuple[Secret, str], taken: Mapping[str, tuple[Secret, str]]
) -> str:
    """A name for a secret that nothing else has; the one that it already has, if it has one.

    Args:
        tokens: The user's tokens.
        wanted: What the name is to be like.
        kept: The secret, and the origin that it is for.
        taken: Names that are to be used besides those that are kept.
    """
    base = re.sub(r"[^a-z0-9.]+", "-", wanted.lower()).strip("-._")[:80]
    base = base if base[:1].isalpha() else f"secret-{base}".rstrip("-")
    for at in range(1, 1000):
        name = base if at == 1 else f"{base}-{at}"
        held = taken.get(name) or _held(tokens, name)
        if held is None or held == kept:
            return name
    raise UsageError("too many secrets have such a name", where=base, remedy="keyhole secret rm")


def _held(tokens: Tokens, name: str) -> tuple[Secret | None, str] | None:
    record = tokens.read(_key(name))
    return (record.access_token, _origin(record)) if record else None


def _origin(record: TokenRecord) -> str:
    return str(record.extra.get("origin", ""))


def _key(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            "a name has small letters, digits, '.', '_' and '-', and begins with a letter",
            remedy="choose another name",
        )
    return f"{_PREFIX}{name}"
