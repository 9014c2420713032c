"""The connection to a server: asks it, and says what went wrong in keyhole's words."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, final

from redis import Redis, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError, RedisError  # noqa: A004  # the library's own
from redis.exceptions import TimeoutError as Late
from redis.retry import Retry

from keyhole.deadline import within
from keyhole.errors import StoreError
from keyhole.secret import Secret
from keyhole_redis_store.address import Address
from keyhole_redis_store.failure import failure
from keyhole_redis_store.password import password_of
from keyhole_redis_store.server import Server

__all__ = ["Link"]


@final
class Link:
    """A pool of connections: for all threads of a process, and never shared with a child of it.

    Args:
        server: The server.
        timeout: How many seconds to wait for a connection, and for each answer.
        whole: How many seconds a call may take with everything that it waits for; twice the
            timeout where it is not said: for the connection, and for the answer.

    Raises:
        StoreError: No server is configured.
    """

    def __init__(self, server: Server, timeout: float, whole: float | None = None) -> None:
        self._server = server
        self._timeout = timeout
        self._whole = 2 * timeout if whole is None else whole
        # What the password takes leaves the server its time.
        password = _Password(server, self._whole - timeout)
        self._redis = Redis(connection_pool=_pool(server, timeout, password))

    def names(self, key: str) -> list[str]:
        """The names in the database that belong to a key; they tell nothing of it."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{self._server.prefix}{{{digest}}}"
        return [name, f"{name}:lease"]

    def record(self, key: str) -> Secret | None:
        """The text that is kept under a key; None where there is none.

        Raises:
            StoreError: The server does not say.
        """
        name, _ = self.names(key)
        raw: Any = self._try(lambda: self._redis.hget(name, "record"))
        return None if raw is None else Secret(raw.decode("utf-8", "replace"))

    def run(self, script: str, key: str, *given: str | int | Secret) -> Any:
        """Runs a script on a key.

        Raises:
            UnansweredError: It may have run, or not.
            StoreError: The server refused it.
        """
        names = self.names(key)

        def call() -> Any:
            plain = (one.reveal() if isinstance(one, Secret) else one for one in given)
            return self._redis.register_script(script)(keys=names, args=plain)

        return self._try(call)

    def try_out(self) -> dict[str, Any]:
        """Asks as `record` does, and then what the server says of itself, where it says that.

        Raises:
            StoreError: The server can't be used.
        """

        def call() -> dict[str, Any]:
            self.record("")
            return self.facts()

        facts: dict[str, Any] = self._try(call)
        return facts

    def facts(self) -> dict[str, Any]:
        """What the server says of itself; empty where this user may not ask for it.

        Raises:
            StoreError: The server does not answer.
        """
        try:
            facts: dict[str, Any] = dict(self._try(self._redis.info))
        except StoreError as error:
            if "may not do that" not in error.problem:
                raise
            return {}
        return facts

    def _try(self, call: Callable[[], Any]) -> Any:
        """What a call returns; no wait of the library's bounds a server that trickles."""
        try:
            return within(self._whole, call)
        except RedisError as error:
            failed = failure(error, self._server.where, self._timeout)
        except TimeoutError:
            failed = failure(Late(), self._server.where, self._whole)
        # Out here the error has no context: the library's frames hold what was sent.
        raise failed


@final
class _Password(CredentialProvider):
    """Reads the password when a connection is made.

    Args:
        server: The server.
        seconds: How long it may take.
    """

    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._seconds = seconds

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        password = password_of(self._server, self._seconds)
        text = password.reveal() if password else ""
        return (self._server.username, text) if self._server.username else (text,)


def _pool(server: Server, timeout: float, password: _Password) -> ConnectionPool:
    if server.address is None:
        raise StoreError(
            "no server is configured", where="[redis] url", remedy="name the server there"
        )
    known = server.username or server.password_file or server.password_keyring
    return ConnectionPool(
        **_place(server.address, timeout),
        **(_tls(server) if server.address.tls else {}),
        socket_timeout=timeout,
        db=server.address.database,
        credential_provider=password if known else None,
        # A connection that the server closed long ago is opened anew; time is waited for once.
        # What is sent twice by that does the same as once.
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        # RESP2 is spoken by all servers, and needs no HELLO that an ACL could forbid.
        protocol=2,
    )


def _place(address: Address, timeout: float) -> dict[str, Any]:
    if address.socket:
        return {"connection_class": UnixDomainSocketConnection, "path": address.socket}
    return {
        "connection_class": SSLConnection if address.tls else Connection,
        "host": address.host,
        "port": address.port,
        "socket_connect_timeout": timeout,
    }


def _tls(server: Server) -> dict[str, Any]:
    """TLS that is always verified, the server's name included."""
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": _named(server.ca_file),
        "ssl_certfile": _named(server.certificate),
        "ssl_keyfile": _named(server.key),
    }


def _named(path: Path | None) -> str | None:
    return str(path) if path else None
