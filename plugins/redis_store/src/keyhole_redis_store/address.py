"""Where a server is, as a URL says it; a URL holds no secret here."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from keyhole.frozen import frozen

__all__ = ["Address"]

_PORT = 6379


@frozen
class Address:
    """A Redis or Valkey server.

    Attributes:
        host: Its name or number; empty for a socket of this machine.
        port: Its TCP port.
        socket: The path of its Unix socket; empty for TCP.
        database: The number of the database.
        tls: Whether it is spoken to over TLS.
    """

    host: str = ""
    port: int = _PORT
    socket: str = ""
    database: int = 0
    tls: bool = False

    @classmethod
    def parse(cls, url: object) -> Self | None:
        """The address in a URL, by the schemes registered with IANA, and `unix`.

        Args:
            url: `redis://HOST:PORT/DATABASE`, `rediss://…` for TLS, `unix:///SOCKET?db=DATABASE`.

        Returns:
            None where it is none of these, or holds a user, a password or another option: what a
            client library takes there could switch off that certificates are checked.
        """
        if not isinstance(url, str):
            return None
        try:
            return cls._of(urlsplit(url))
        except ValueError:
            return None

    @classmethod
    def _of(cls, parts: SplitResult) -> Self | None:
        if "@" in parts.netloc or parts.fragment:
            return None
        if parts.scheme == "unix" and not parts.netloc and len(parts.path) > 1:
            return cls(socket=unquote(parts.path), database=_only_database(parts.query))
        if parts.scheme not in ("redis", "rediss") or not parts.hostname or parts.query:
            return None
        database = _number(parts.path.removeprefix("/") or "0")
        tls = parts.scheme == "rediss"
        return cls(parts.hostname, parts.port or _PORT, database=database, tls=tls)

    @property
    def local(self) -> bool:
        """Whether what is sent there stays on this machine."""
        try:
            return bool(self.socket) or ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        if self.socket:
            return f"unix://{self.socket}?db={self.database}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"redis{'s' if self.tls else ''}://{host}:{self.port}/{self.database}"


def _only_database(query: str) -> int:
    """The database that a query names, and nothing else.

    Raises:
        ValueError: It says something else.
    """
    said = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)) or [("db", "0")]
    if len(said) != 1 or said[0][0] != "db":
        raise ValueError("an unknown option")
    return _number(said[0][1])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no number")
    return int(text)
