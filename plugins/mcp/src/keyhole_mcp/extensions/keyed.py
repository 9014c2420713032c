"""A client with a key, where a person signs in: the key is configured, and never kept with a login.

For a client that was registered beforehand, and for one that its metadata document describes (with
`jwks`; MCP, "Client ID Metadata Documents").
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from keyhole.machine import Machine
from keyhole.oauth.assertion import ClientAssertion
from keyhole.oauth.client import PRIVATE_KEY_JWT, Client
from keyhole.oauth.server import ServerMetadata
from keyhole_mcp.extensions.client_credentials import confidential
from keyhole_mcp.extensions.given import key_in
from keyhole_mcp.server import Server

__all__ = ["keyed", "keyed_again"]


def keyed(
    client: Client, server: Server, at: ServerMetadata, machine: Machine, now: Callable[[], float]
) -> Client:
    """The client as it proves itself with the key that is configured; as it is without one.

    Args:
        client: A client that a user configured.
        server: The MCP server that it is for.
        at: Its authorization server.
        machine: Where the key lies.
        now: The clock, in seconds since the epoch.

    Raises:
        BrokenCredentialError: The key can't be read.
        OAuthError: The authorization server takes no key.
    """
    key = key_in(machine, server.chosen.private_key, server.chosen.signing_algorithm)
    if key is None:
        return client
    return confidential(at, client.id, secret=None, key=key, now=now)


def keyed_again(
    client: Client, server: Server, issuer: str, machine: Machine, now: Callable[[], float]
) -> Client:
    """The client of a kept login, with the key that it proves itself with.

    Raises:
        BrokenCredentialError: The key can't be read.
    """
    if client.method != PRIVATE_KEY_JWT:
        return client
    key = key_in(machine, server.chosen.private_key, server.chosen.signing_algorithm)
    if key is None:
        return client
    return attrs.evolve(client, assertion=ClientAssertion(client.id, issuer, key, now))
