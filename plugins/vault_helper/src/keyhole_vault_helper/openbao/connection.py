"""How a server is reached, as the configuration and the vendors' variables say it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keyhole.endpoint import Endpoint, problem_of
from keyhole.flaw import Flaw
from keyhole.frozen import field, frozen
from keyhole.machine import Machine
from keyhole.option import Option
from keyhole.secret import Secret
from keyhole.where import Where
from keyhole_vault_helper.openbao import options
from keyhole_vault_helper.openbao.variables import seconds, vendor
from keyhole_vault_helper.options import TIMEOUT

if TYPE_CHECKING:
    from keyhole.source import Detail

__all__ = ["Connection", "connection"]

DEFAULT = "https://127.0.0.1:8200"
"""The vendors' own."""

_SECONDS = 10.0
_TRUE = ("1", "t", "true")


@frozen(kw_only=True)
class Connection:
    """What a client needs to know.

    Attributes:
        address: The URL of the server; empty where what is set is none.
        where: Where the address is set; None for the vendors' default.
        problem: What is wrong with it.
        namespace: The namespace; empty for the root.
        ca_cert: A file of certificates that are trusted, instead of the system's.
        ca_path: A folder of such files.
        ca_pem: Such certificates themselves.
        client_cert: The file of keyhole's own certificate.
        client_key: The file of its key.
        server_name: The name that the server's certificate must have, where that is not its host.
        verify: Whether the server's certificate is verified.
        proxy: The proxy that is asked; empty for what the environment says.
        timeout: How many seconds the whole way to the key may take.
    """

    address: str
    where: Where | None
    problem: str = ""
    namespace: str = ""
    ca_cert: Path | None = None
    ca_path: Path | None = None
    ca_pem: str = field(default="", repr=False)
    client_cert: Path | None = None
    client_key: Path | None = None
    server_name: str = ""
    verify: bool = True
    proxy: Secret | None = None
    timeout: float = _SECONDS

    @property
    def flaw(self) -> Flaw | None:
        """What keeps it from being used."""
        if self.problem:
            return Flaw(
                f"the vault's address can't be used: {self.problem}", f"correct {self.where}"
            )
        if self.client_cert and not self.client_key:
            return Flaw("a client certificate is set, and no key for it", "set 'vault.client_key'")
        return None

    @property
    def details(self) -> tuple[Detail, ...]:
        """Facts to show."""
        from keyhole.source import Detail

        shown = [Detail("vault", self.address or "none", self.where)]
        if self.namespace:
            shown.append(Detail("namespace", self.namespace))
        return tuple(shown)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes it unsafe."""
        said = []
        if not self.verify:
            said.append(
                "The vault's certificate is not verified (VAULT_SKIP_VERIFY): whoever is on the "
                "way can read the key. Name the authority in 'vault.ca_cert' instead."
            )
        if Endpoint(self.address, self.where).in_clear:
            said.append(f"The key crosses the network unencrypted: {self.where} is an http URL.")
        return tuple(said)


def connection(machine: Machine) -> Connection:
    """What the configuration says; for what it does not, the variables.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    config = machine.config
    address, where = _address(machine)
    problem = problem_of(address)
    server_name, proxy = vendor(machine, "TLS_SERVER_NAME"), vendor(machine, "PROXY_ADDR")
    return Connection(
        address="" if problem else address.rstrip("/"),
        where=where,
        problem=problem,
        namespace=(config.get(options.NAMESPACE) or vendor(machine, "NAMESPACE").text).strip("/"),
        ca_cert=_file(machine, options.CA_CERT, "CACERT"),
        ca_path=_path(machine, vendor(machine, "CAPATH").text),
        ca_pem=vendor(machine, "CACERT_BYTES").text,
        client_cert=_file(machine, options.CLIENT_CERT, "CLIENT_CERT"),
        client_key=_file(machine, options.CLIENT_KEY, "CLIENT_KEY"),
        server_name=server_name.text,
        verify=vendor(machine, "SKIP_VERIFY").text.lower() not in _TRUE,
        proxy=proxy.value,
        timeout=config.get(TIMEOUT) or seconds(vendor(machine, "CLIENT_TIMEOUT")) or _SECONDS,
    )


def _address(machine: Machine) -> tuple[str, Where | None]:
    own: str = machine.config.get(options.ADDRESS)
    if own:
        return own, _spot(machine, options.ADDRESS)
    agent = vendor(machine, "AGENT_ADDR")
    variable = agent if agent.value else vendor(machine, "ADDR")
    return (variable.text, variable.where) if variable.value else (DEFAULT, None)


def _file(machine: Machine, option: Option, variable: str) -> Path | None:
    return _path(machine, machine.config.get(option) or vendor(machine, variable).text)


def _path(machine: Machine, name: str) -> Path | None:
    if not name:
        return None
    return machine.home / name[2:] if name.startswith("~/") else machine.cwd / name


def _spot(machine: Machine, option: Option) -> Where:
    spot = machine.config.entries[option.key].spot
    place, _, line = spot.rpartition(":")
    return Where(place, option.key, int(line)) if line.isdecimal() else Where(spot, option.key)
