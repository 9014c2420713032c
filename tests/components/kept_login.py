"""A real login that is kept in this machine's stores, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from components.authorization_server import AuthorizationServer
from components.storm import KEY, Storm, expired, renewal_of
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.secret import Secret

__all__ = ["asked", "assert_a_storm_refreshes_once", "assert_rotates", "keep", "kept", "log_in"]

_PROCESSES = 64


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


def assert_a_storm_refreshes_once(
    server: AuthorizationServer, environ: Mapping[str, str], gate: Path
) -> None:
    """64 processes with one ended token make one request, get one valid token, and it rotates on.

    Args:
        server: A server that ends a login whose refresh token is used twice.
        environ: The variables of the processes, and of this one: which store they share.
        gate: A file that is not there yet.
    """
    log_in(server)
    before = len(server.seen())
    storm = Storm.brew(server.token_endpoint, gate, _PROCESSES, environ)
    storm.go()
    answers = storm.answers()
    assert len(answers) == _PROCESSES
    (token,) = {str(answer.get("token", answer)) for answer in answers}
    assert asked(server, before) == [200]
    assert server.is_active(token)
    assert kept().access_token == Secret(token)
    assert_rotates(server)
