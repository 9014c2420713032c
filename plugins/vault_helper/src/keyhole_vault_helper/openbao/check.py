"""The way to a key at a server, step by step; each is taken with what the one before has found."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from keyhole.host import Host
from keyhole.moment import moment
from keyhole_vault_helper.contract import Step
from keyhole_vault_helper.errors import DeniedError, VaultError
from keyhole_vault_helper.openbao import failure, tls
from keyhole_vault_helper.openbao.engine import Held, Spot, explained
from keyhole_vault_helper.openbao.reading import Reader
from keyhole_vault_helper.openbao.server import Server
from keyhole_vault_helper.shape import checked

if TYPE_CHECKING:
    from keyhole_vault_helper.openbao.vault import OpenBao

__all__ = ["Walk"]

_PORTS = {"http": 80, "https": 443}
_READS = {"read", "sudo", "root"}


class Walk:
    """Goes the way once.

    Args:
        vault: Where to.
        host: What may be done.
    """

    def __init__(self, vault: OpenBao, host: Host) -> None:
        self._vault = vault
        self._host = host
        self._to = vault.connection

    @property
    def steps(self) -> Sequence[Step]:
        """The steps in their order."""
        return (
            Step("address", self._address),
            Step("TLS", self._tls),
            Step("sealed", self._sealed),
            Step("auth", self._auth),
            Step("policy", self._policy),
            Step("path", self._path),
            Step("field", self._field),
            Step("value", self._value),
        )

    # Found once, used by the steps that follow

    @cached_property
    def _server(self) -> Server:
        return self._vault.server(self._host)

    @cached_property
    def _reader(self) -> Reader:
        return self._vault.reader(self._server, self._host)

    @cached_property
    def _spot(self) -> Spot:
        return self._reader.spot()

    @cached_property
    def _held(self) -> Held:
        return self._reader.held(self._spot)

    # The steps

    def _address(self) -> str:
        if self._vault.flaw:
            raise VaultError(self._vault.flaw.reason, remedy=self._vault.flaw.remedy)
        with self._connected():
            return f"{self._to.address} takes connections"

    def _tls(self) -> str:
        if urlsplit(self._to.address).scheme == "http":
            return "none: it is an http URL"
        name = self._to.server_name or urlsplit(self._to.address).hostname
        try:
            with self._connected() as plain:
                context = tls.context(self._to)
                with context.wrap_socket(plain, server_hostname=name) as safe:
                    version = safe.version()
        except OSError as error:
            problem = failure.told(error, self._to, "speak TLS")
        else:
            return f"{version}, the certificate is trusted"
        raise problem

    def _sealed(self) -> str:
        health = self._server.ask(
            "say how it is", lambda client: client.adapter.get("/v1/sys/health?standbyok=true")
        )
        active = "a standby, which hands requests on" if health.get("standby") else "active"
        return f"unsealed and {active}, version {health.get('version')}"

    def _auth(self) -> str:
        ends = self._reader.session.ends_at
        until = f"until {moment(ends)}" if ends else "without an end"
        return f"logged in, {until}"

    def _policy(self) -> str:
        path = self._spot.api
        try:
            may = self._server.ask(
                "say what the token may do",
                lambda client: client.sys.get_capabilities([path]),
                self._reader.session.token,
            )
        except DeniedError:
            return "the token may not ask what it may; the next step says it"
        if not _READS & set(_capabilities(may, path)):
            raise explained(DeniedError("denied", where=self._to.address), self._spot)
        return f"the token may read {path}"

    def _path(self) -> str:
        version = f", version {self._spot.version}" if self._spot.version else ""
        count = len(self._held.fields)
        return f"{self._spot} is there ({self._spot.engine}{version}), fields: {count}"

    def _field(self) -> str:
        self._reader.value(self._held, self._spot)
        return "it is there"

    def _value(self) -> str:
        found = checked(self._reader.value(self._held, self._spot), str(self._spot))
        return f"{len(found.reveal())} characters that a header can carry"

    def _connected(self) -> socket.socket:
        parts = urlsplit(self._to.address)
        at = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        try:
            return socket.create_connection(at, timeout=self._to.timeout)
        except OSError as error:
            problem = failure.told(error, self._to, "connect")
        raise problem


def _capabilities(answer: Any, path: str) -> Sequence[str]:
    data = answer.get("data") or answer
    return data.get(path) or data.get("capabilities") or ()
