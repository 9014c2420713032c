"""A real login that is kept in this machine's stores, and what became of it."""

from __future__ import annotations

from components.authorization_server import AuthorizationServer
from components.storm import KEY, expired, renewal_of
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import TokenRecord

__all__ = ["asked", "assert_rotates", "keep", "kept", "log_in"]


def log_in(server: AuthorizationServer, *, ago: float = 1.0) -> TokenRecord:
    """Keeps a real login whose access token ended so many seconds ago; negative: is yet to end."""
    record = expired(server.login(), ago=ago)
    keep(record)
    return record


def keep(record: TokenRecord) -> None:
    """Keeps a record."""
    tokens = RealHost().tokens(Machine.real())
    with tokens.exclusive(KEY, about="the storm", timeout=60) as slot:
        slot.replace(record)


def kept() -> TokenRecord:
    """What is kept."""
    record = RealHost().tokens(Machine.real()).read(KEY)
    assert record is not None
    return record


def asked(server: AuthorizationServer, since: int) -> list[object]:
    """What the token endpoint answered since then."""
    return server.seen()[since:]


def assert_rotates(server: AuthorizationServer) -> None:
    """The next rotation works, so that the server still knows the login."""
    record = kept()
    assert record.access_token is not None
    again = renewal_of(server.token_endpoint).current(record.access_token)
    assert again.access_token is not None
    assert again.access_token != record.access_token
    assert server.is_active(again.access_token.reveal())
