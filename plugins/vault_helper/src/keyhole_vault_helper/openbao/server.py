"""One conversation with a server, through hvac: bounded as a whole, and nothing of it leaks.

hvac is imported with this module, which is imported only when a server is really asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import hvac
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from keyhole.deadline import within
from keyhole.secret import Secret
from keyhole_vault_helper.openbao import failure, tls
from keyhole_vault_helper.openbao.connection import Connection

__all__ = ["Answer", "Server"]

Answer: TypeAlias = Mapping[str, Any]


class Server:
    """A server, from now on for as many seconds as its connection allows.

    Args:
        connection: How it is reached.
        tell: Says to a person who waits what is waited for.
    """

    def __init__(self, connection: Connection, tell: Callable[[str], None]) -> None:
        self.connection = connection
        self._tell = tell
        self._ends_at = time.monotonic() + connection.timeout
        self._session = _session(connection)

    def ask(
        self, doing: str, call: Callable[[hvac.Client], Any], token: Secret | None = None
    ) -> Answer:
        """What the server answers.

        Args:
            doing: What is asked for, for the error: "log in with approle".
            call: Asks, with a client of hvac.
            token: Who asks; None for nobody.

        Returns:
            The JSON object of the answer; empty where it has none.

        Raises:
            OutageError: It gives nobody anything now.
            DeniedError: It refuses.
            VaultError: It answers something else.
        """
        left = max(0.001, self._ends_at - time.monotonic())
        try:
            answer = within(left, lambda: call(self._client(token, left)), self._say_slow)
            return failure.understood(answer)
        except Exception as error:  # noqa: BLE001  # each kind is told apart there
            problem = failure.told(error, self.connection, doing)
        # Raised out here: hvac's own error carries the answer, and that of requests the request.
        raise problem

    def _say_slow(self) -> None:
        self._tell(
            f"{self.connection.address} has not answered yet; it has "
            f"{self.connection.timeout:g} seconds"
        )

    def _client(self, token: Secret | None, seconds: float) -> hvac.Client:
        return hvac.Client(
            self.connection.address,
            # Not None, for which it would look at variables and files of its own.
            token=token.reveal() if token else "",
            timeout=seconds,  # type: ignore[arg-type]  # requests takes fractions
            # A token goes to this server and to no other.
            allow_redirects=False,
            session=self._session,
            namespace=self.connection.namespace or None,
        )


def _session(connection: Connection) -> requests.Session:
    session = requests.Session()
    # Else ~/.netrc and REQUESTS_CA_BUNDLE would have a say.
    session.trust_env = False
    if connection.proxy:
        session.proxies = dict.fromkeys(("http", "https"), connection.proxy.reveal())
    else:
        session.proxies = get_environ_proxies(connection.address)
    session.mount("https://", _OneContext(connection))
    return session


class _OneContext(HTTPAdapter):
    """Uses the connection's own TLS context, and nothing else."""

    def __init__(self, connection: Connection) -> None:
        self._tls: dict[str, Any] = {"ssl_context": tls.context(connection)}
        if connection.server_name:
            self._tls["server_hostname"] = connection.server_name
        super().__init__()

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002  # the library's signature
        **kwargs: Any,
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._tls)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **kwargs, **self._tls)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context knows it all."""
