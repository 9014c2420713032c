"""The token of keyhole's own login in its store: kept after a login, renewed, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from keyhole import Host, Machine, Renewal
from keyhole.errors import DamagedError, StoreError
from keyhole.oauth.client import Client
from keyhole.oauth.grant import Grant
from keyhole.oauth.token import TokenEndpoint, refresher
from keyhole.record import Extra, TokenRecord
from keyhole.renewal import Renewed
from keyhole_login.configured import Configured

__all__ = ["check", "forget", "keep", "renewal", "revocation_endpoint"]

TIMEOUT = 60.0
"""Seconds to wait for another who renews the token at this moment."""

_TOKEN_ENDPOINT = "token_endpoint"  # noqa: S105  # a field's name
_REVOCATION_ENDPOINT = "revocation_endpoint"


def renewal(machine: Machine, server: Configured, host: Host) -> Renewal:
    """The kept token, and how the next one is got.

    The endpoint that the login used is kept beside the token, so that no renewal has to ask for
    the server's metadata first.
    """

    def refresh(record: TokenRecord) -> Renewed:
        return refresher(_endpoint(server, record, host), host)(record)

    return Renewal(
        host.tokens(machine),
        server.key,
        refresh,
        host,
        about=server.about,
        remedy="`keyhole login`",
    )


def keep(
    machine: Machine, server: Configured, host: Host, grant: Grant, endpoints: Mapping[str, str]
) -> TokenRecord:
    """Keeps what a login gave, in the place of an older login.

    Args:
        machine: The machine.
        server: Who granted it.
        host: What keeps it.
        grant: What was granted.
        endpoints: The server's token and revocation endpoints, by their metadata names.

    Raises:
        BusyError: Another holds the key.
        StoreError: It can't be kept.
    """
    # Not onto the older record: its refresh token belongs to another login.
    renewed = grant.onto(TokenRecord(scope=server.scope, extra=Extra(endpoints)))
    with host.tokens(machine).exclusive(server.key, about=server.about, timeout=TIMEOUT) as slot:
        slot.replace(renewed.record, skew=renewed.skew)
    return renewed.record


def forget(machine: Machine, server: Configured, host: Host) -> TokenRecord | None:
    """Forgets the token; gives what was kept, so that the server can be told.

    Raises:
        BusyError: Another holds the key.
        DamagedError: What was kept could not be read; it is forgotten all the same.
        StoreError: It can't be removed.
    """
    with host.tokens(machine).exclusive(server.key, about=server.about, timeout=TIMEOUT) as slot:
        try:
            record = slot.record
        except DamagedError as damaged:
            slot.delete()
            raise DamagedError(
                f"{damaged.problem}; it is removed",
                where=damaged.where,
                remedy=f"end the login at {server.name}, where that can be done",
            ) from damaged
        slot.delete()
    return record


def check(machine: Machine, server: Configured, host: Host) -> None:
    """Checks that a login could be kept; what is damaged may be there, because it is replaced.

    Raises:
        BusyError: Another holds the key.
        StoreError: The store can't be used.
    """
    tokens = host.tokens(machine)
    with (
        tokens.exclusive(server.key, about=server.about, timeout=TIMEOUT) as slot,
        suppress(DamagedError),
    ):
        _ = slot.record


def revocation_endpoint(server: Configured, record: TokenRecord) -> str:
    """Where the server is told that a login has ended; empty where it can't be."""
    return server.revocation_endpoint or _kept(record, _REVOCATION_ENDPOINT)


def _endpoint(server: Configured, record: TokenRecord, host: Host) -> TokenEndpoint:
    url = server.token_endpoint or _kept(record, _TOKEN_ENDPOINT)
    if not url:
        raise StoreError(
            "the kept login does not say where it is renewed",
            where=server.about,
            remedy="`keyhole login`, which keeps it anew",
        )
    extra = {"resource": server.resource} if server.resource else {}
    return TokenEndpoint(url, Client(server.client_id), host.now, extra)


def _kept(record: TokenRecord, name: str) -> str:
    value = record.extra.get(name)
    return value if isinstance(value, str) else ""
