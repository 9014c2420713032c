"""TLS, which is always verified, and Unix sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import trustme

from components.relay import relay
from components.valkey import Valkey
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole_redis_store.address import Address
from keyhole_redis_store.server import Server
from keyhole_redis_store.store import RedisStore

RECORD = TokenRecord(access_token=Secret("fake-access"))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs everything."""
    return trustme.CA()


@pytest.fixture
def secure(valkey_server: Valkey, authority: trustme.CA, tmp_path: Path) -> Iterator[Server]:
    """Valkey behind TLS that asks for a certificate, as keyhole is told of it.

    The Valkey of PyPI has no TLS of its own.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    own = authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    own.private_key_pem.write_to_path(tmp_path / "own.key")
    connect = lambda: socket.create_connection((valkey_server.host, valkey_server.port))  # noqa: E731
    with relay(connect, context=context) as front:
        yield Server(
            Address("127.0.0.1", front.port, tls=True),
            ca_file=tmp_path / "ca.pem",
            certificate=tmp_path / "own.pem",
            key=tmp_path / "own.key",
            timeout=30,
        )


def test_with_certificates_on_both_sides(secure: Server) -> None:
    """Over TLS with a certificate of its own it keeps and reads, and is protected."""
    store = RedisStore(secure)
    with store.exclusive("tls", timeout=5) as slot:
        slot.replace(RECORD)
    assert store.read("tls") == RECORD
    assert RedisStore(secure).status().usable
    assert store.status().protected


def test_what_is_not_trusted(secure: Server, tmp_path: Path) -> None:
    """An unknown CA, a wrong name and a missing certificate are errors that say which it is."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    for changes, problem in (
        ({"ca_file": tmp_path / "other.pem"}, "is not trusted"),
        ({"ca_file": None}, "is not trusted"),
        ({"address": attrs.evolve(secure.address or Address(), host="localhost")}, "not trusted"),
        ({"certificate": None, "key": None}, ""),
        ({"ca_file": tmp_path / "missing.pem"}, "No such file"),
        ({"address": attrs.evolve(secure.address or Address(), tls=False)}, ""),
    ):
        said = RedisStore(attrs.evolve(secure, **changes)).status()
        assert not said.usable
        assert problem in said.reason
        assert said.remedy


def test_a_unix_socket(valkey_server: Valkey) -> None:
    """Over a Unix socket it keeps and reads; one that is not there is an error that says so."""
    address = Address.parse(f"unix://{valkey_server.socket}?db=3")
    assert address is not None
    store = RedisStore(Server(address, timeout=30))
    with store.exclusive("unix", timeout=5) as slot:
        slot.replace(RECORD)
    assert RedisStore(Server(address, timeout=30)).read("unix") == RECORD
    missing = RedisStore(Server(Address(socket="/nowhere/socket"))).status()
    assert "No such file or directory" in missing.reason
