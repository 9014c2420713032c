"""What the configuration says of the server, put together and checked."""

from __future__ import annotations

from pathlib import Path

from keyhole import Machine, Option
from keyhole.errors import ConfigError
from keyhole.frozen import frozen
from keyhole_redis_store import options
from keyhole_redis_store.address import Address

__all__ = ["Server", "server_of"]


@frozen
class Server:
    """A server, who is to be known to it, and how.

    Attributes:
        address: Where it is; None where none is configured.
        username: The ACL user; empty for the server's `default`.
        password_file: The file with the password; None for none.
        password_keyring: The keyring's service with the password; empty for none.
        ca_file: The certificates to trust (PEM); None for the system's.
        certificate: The own certificate (PEM); None for none.
        key: Its private key (PEM).
        prefix: What every name in the database begins with.
        lease: After how many seconds of silence a holder loses its key.
        timeout: How many seconds to wait for an answer.
    """

    address: Address | None = None
    username: str = ""
    password_file: Path | None = None
    password_keyring: str = ""
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    prefix: str = "keyhole:"
    lease: float = 60.0
    timeout: float = 3.0

    @property
    def where(self) -> str:
        """The place as a person would look for it."""
        return str(self.address) if self.address else "[redis] url"

    @property
    def asks(self) -> bool:
        """Whether it is told who asks."""
        return bool(self.password_file or self.password_keyring or self.certificate)

    @property
    def clear(self) -> bool:
        """Whether everybody on the way there can read what is sent."""
        return self.address is not None and not self.address.tls and not self.address.local


def server_of(machine: Machine) -> Server:
    """The server that a machine's configuration names.

    Raises:
        ConfigError: What it says does not go together.
    """
    server = Server(
        address=machine.config.get(options.URL),
        username=machine.config.get(options.USERNAME),
        password_file=_path(machine, options.PASSWORD_FILE),
        password_keyring=machine.config.get(options.PASSWORD_KEYRING),
        ca_file=_path(machine, options.CA_FILE),
        certificate=_path(machine, options.CERTIFICATE),
        key=_path(machine, options.KEY),
        prefix=machine.config.get(options.PREFIX),
        lease=machine.config.get(options.LEASE),
        timeout=machine.config.get(options.TIMEOUT),
    )
    _check(machine, server)
    return server


def _path(machine: Machine, option: Option) -> Path | None:
    said: str = machine.config.get(option)
    if said.startswith("~/"):
        return machine.home / said[2:]
    return Path(said) if said else None


def _check(machine: Machine, server: Server) -> None:
    if server.password_file and server.password_keyring:
        raise _unfit(machine, options.PASSWORD_KEYRING, "there is a 'redis.password_file' too")
    if (server.certificate is None) != (server.key is None):
        lonely = options.CERTIFICATE if server.certificate else options.KEY
        raise _unfit(machine, lonely, "'redis.certificate' and 'redis.key' go together")
    if server.address is None or server.address.tls:
        return
    for option, path in ((options.CA_FILE, server.ca_file), (options.KEY, server.key)):
        if path:
            raise _unfit(machine, option, "it is for TLS, and 'redis.url' is no rediss:// URL")


def _unfit(machine: Machine, option: Option, why: str) -> ConfigError:
    return ConfigError(
        f"'{option.key}' does not fit: {why}",
        where=machine.config.entries[option.key].spot,
        remedy="correct that line, or take it out",
    )
