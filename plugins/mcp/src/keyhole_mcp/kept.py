"""Secrets of MCP servers in the token store in force: static headers and client secrets.

The key is the server's URL, never its name: an entry of the same name in a cloned folder, with
another URL, gets nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from keyhole.errors import StoreError
from keyhole.host import Host
from keyhole.index import Entry, entry_of
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.redaction import redact
from keyhole.secret import Secret

__all__ = [
    "forget_headers",
    "headers_entry",
    "keep_client_secret",
    "keep_headers",
    "kept_client_secret",
    "kept_headers",
]

_TIMEOUT = 30.0


def headers_entry(machine: Machine, url: str) -> Entry | None:
    """What the index knows of a server's kept headers: looking alone."""
    return entry_of(machine, _headers_key(url))


def kept_headers(machine: Machine, host: Host, url: str) -> dict[str, Secret] | None:
    """A server's headers; None where none are kept.

    Raises:
        StoreError: The store can't be used, or holds something else under that key.
    """
    text = _read(machine, host, _headers_key(url))
    if text is None:
        return None
    headers = _headers(text)
    if headers is None:
        raise StoreError(
            "what is kept for this server is no set of headers", remedy="`keyhole mcp add` again"
        )
    return headers


def keep_headers(machine: Machine, host: Host, url: str, headers: Mapping[str, Secret]) -> None:
    """Keeps a server's headers, over older ones.

    Raises:
        StoreError: They can't be kept.
    """
    text = json.dumps({name: value.reveal() for name, value in headers.items()})
    _keep(machine, host, _headers_key(url), Secret(text), f"headers for {_shown(url)}")


def forget_headers(machine: Machine, host: Host, url: str) -> bool:
    """Forgets a server's headers; False if there were none.

    Raises:
        StoreError: They can't be removed.
    """
    if host.tokens(machine).read(_headers_key(url)) is None:
        return False
    with host.tokens(machine).exclusive(_headers_key(url), timeout=_TIMEOUT) as slot:
        slot.delete()
    return True


def kept_client_secret(machine: Machine, host: Host, url: str) -> Secret | None:
    """The secret of the client that is registered for a server; None where none is kept.

    Raises:
        StoreError: The store can't be used.
    """
    return _read(machine, host, _client_key(url))


def keep_client_secret(machine: Machine, host: Host, url: str, secret: Secret) -> None:
    """Keeps a client secret, over an older one.

    Raises:
        StoreError: It can't be kept.
    """
    _keep(machine, host, _client_key(url), secret, f"client secret for {_shown(url)}")


def _shown(url: str) -> str:
    """A URL for the index, which holds no secret; a query may."""
    return redact(url.partition("?")[0])


def _headers_key(url: str) -> str:
    return f"mcp-headers|{Secret(url).digest()}"


def _client_key(url: str) -> str:
    return f"mcp-client-secret|{Secret(url).digest()}"


def _read(machine: Machine, host: Host, key: str) -> Secret | None:
    record = host.tokens(machine).read(key)
    return None if record is None else record.access_token


def _keep(machine: Machine, host: Host, key: str, secret: Secret, about: str) -> None:
    with host.tokens(machine).exclusive(key, about=about, timeout=_TIMEOUT) as slot:
        slot.replace(TokenRecord(access_token=secret))


def _headers(text: Secret) -> dict[str, Secret] | None:
    try:
        found = json.loads(text.reveal())
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return {name: Secret(value) for name, value in found.items()}
