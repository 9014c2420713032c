"""What one probe has at hand: servers of its own, a store of its own, and clients."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from keyhole_mcp.testing.authorization import AuthorizationServer
from keyhole_mcp.testing.client import NOT_OFFERED, Client, Ended, ended
from keyhole_mcp.testing.gate import Gate
from keyhole_mcp.testing.probe import Failed, NotOffered, Probe
from keyhole_mcp.testing.proxy import AUTHORIZATION, SERVER, Proxy
from keyhole_mcp.testing.server import McpServer
from keyhole_mcp.testing.site import Site

__all__ = ["Lab"]

Step = Mapping[str, Any]


@final
class Lab:
    """Servers, a token store and clients, for the time of one probe.

    Args:
        command: How the client is started.
        probe: For which probe.
        seconds: How long a client may take.

    Attributes:
        proxy: The only way out, where the servers are public ones.
        authorization: The authorization server that the MCP server names.
        server: The MCP server.
    """

    def __init__(self, command: str, probe: Probe, seconds: float) -> None:
        self._command = command
        self._probe = probe
        self._seconds = seconds
        self._sites: list[Site] = []
        self._gates: list[Gate] = []
        self._clients: list[Client] = []
        self._scratch = tempfile.TemporaryDirectory(prefix="keyhole-probe-")
        self._folder = Path(self._scratch.name)
        self._control = self.site()
        self.proxy = Proxy(self._folder) if probe.public else None
        places = self.proxy.places if self.proxy else {}
        self.authorization = AuthorizationServer(places.get(AUTHORIZATION) or self.site())
        self.server = McpServer(
            places.get(SERVER) or self.site(), self.authorization, probe.protocol
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            client.stop()
        for gate in self._gates:
            gate.open()
        for site in self._sites:
            site.close()
        if self.proxy:
            self.proxy.close()
        self._scratch.cleanup()

    @property
    def browsers(self) -> int:
        """How many authorizations a person has been asked for, wherever."""
        visits = [*self.authorization.visits, *self.server.stray.visits]
        return len({visit.query.get("state", visit) for visit in visits})

    def site(self) -> Site:
        """One more origin."""
        self._sites.append(Site())
        return self._sites[-1]

    def gate(self) -> Gate:
        """A place where clients wait."""
        self._gates.append(Gate(self._control, f"gate/{len(self._gates)}"))
        return self._gates[-1]

    def start(self, *steps: Step) -> Client:
        """Starts a client; all of a probe have one token store."""
        context = {
            "name": self._probe.name,
            "store": str(self._folder / "store"),
            "steps": list(steps),
            "timeout": 10,
        }
        client = Client(
            self._command,
            self.server.url,
            scenario=f"probe/{self._probe.name}",
            protocol=self._probe.protocol,
            context=context,
            environ=self.proxy.environ() if self.proxy else {},
            output=self._folder / f"output-{len(self._clients)}",
        )
        self._clients.append(client)
        return client

    def run(self, *steps: Step) -> Ended:
        """Runs a client to its end.

        Raises:
            NotOffered: It has nothing of the kind.
            Failed: It had to be stopped.
        """
        return self.ends([self.start(*steps)])[0]

    def ends(self, clients: Sequence[Client]) -> list[Ended]:
        """How clients end.

        Raises:
            NotOffered: They have nothing of the kind.
            Failed: One had to be stopped.
        """
        all_of_them = ended(clients, self._seconds)
        if any(one.code is None for one in all_of_them):
            raise Failed(f"did not end within {self._seconds:g} seconds")
        if any(one.code == NOT_OFFERED for one in all_of_them):
            raise NotOffered
        return all_of_them

    def until(self, reached: Callable[[], bool], clients: Sequence[Client]) -> None:
        """Waits until something is so.

        Raises:
            Failed: A client ended before, or it took too long.
        """
        end = time.monotonic() + self._seconds
        while not reached():
            gone = [client for client in clients if not client.runs]
            if gone and not reached():
                (how, *_) = self.ends(gone)
                raise Failed(f"ended before its time, with {how.code}: {last_line(how.said)}")
            if time.monotonic() > end:
                raise Failed(f"did not come so far within {self._seconds:g} seconds")
            time.sleep(0.02)


def last_line(said: str) -> str:
    """The last line with words of what a client wrote; that is where an error's sentence stands."""
    lines = [line.strip(" |+-") for line in said.splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")
