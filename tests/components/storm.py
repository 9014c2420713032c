"""Many users of one token at once, each as a program would be: it opens its machine's store itself.

Run as a program it forks its users from a warm parent, so that they begin within milliseconds of
each other; a gate (a file) lets them all go.

    python storm.py ENDPOINT GATE COUNT
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from keyhole import BEARER, HeaderCredential
from keyhole.credential import Credential
from keyhole.errors import KeyholeError
from keyhole.holder import Holder
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.oauth.client import Client
from keyhole.oauth.token import TokenEndpoint, refresher
from keyhole.record import TokenRecord
from keyhole.renewal import Renewal
from keyhole.secret import Secret

__all__ = ["KEY", "Storm", "expired", "holder_of", "renewal_of"]

KEY = "storm|native"
API = "https://api.example"


def expired(granted: Mapping[str, Any], *, ago: float = 1.0) -> TokenRecord:
    """The record of a token response whose access token has ended.

    Args:
        granted: The token response.
        ago: How many seconds ago it ended.
    """
    return TokenRecord(
        access_token=Secret(granted["access_token"]),
        refresh_token=Secret(granted["refresh_token"]),
        issued_at=time.time() - ago - granted["expires_in"],
        expires_at=time.time() - ago,
    )


def renewal_of(endpoint: str, host: RealHost | None = None) -> Renewal:
    """One user of the token, with the stores of this process's machine."""
    host = host or RealHost()
    asked = TokenEndpoint(endpoint, Client("native"), host.now)
    tokens = host.tokens(Machine.real())
    patience = 600.0  # on a machine under load 64 processes take their time
    return Renewal(tokens, KEY, refresher(asked, host), host, about="the storm", patience=patience)


def holder_of(endpoint: str) -> Holder:
    """What a library holds for all its threads and loops."""
    host = RealHost()
    renewal = renewal_of(endpoint, host)

    def load(refused: Credential | None) -> Credential:
        record = renewal.current(refused.secret if refused else None)
        assert record.access_token is not None
        return HeaderCredential(BEARER, record.access_token, API, renewal.ends_at(record))

    return Holder(load, host.now)


@attrs.frozen
class Storm:
    """A storm that is about to break.

    Attributes:
        process: The warm parent.
        gate: The file whose coming lets everybody go.
        children: The numbers of the users' processes.
    """

    process: subprocess.Popen[str]
    gate: Path
    children: list[int]

    @classmethod
    def brew(
        cls,
        endpoint: str,
        gate: Path,
        count: int,
        environ: Mapping[str, str],
        *,
        within: Sequence[str] = (),
    ) -> Storm:
        """Starts the users, who wait at the gate; `within` is a command that runs another."""
        process = subprocess.Popen(
            [*within, sys.executable, __file__, endpoint, str(gate), str(count)],
            env={**environ, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        return cls(process, gate, json.loads(process.stdout.readline())["children"])

    def go(self) -> None:
        """Opens the gate."""
        self.gate.touch()

    def answers(self) -> list[dict[str, Any]]:
        """What each user that lived got, once all have ended."""
        assert self.process.stdout is not None
        with self.process:
            return [json.loads(line) for line in self.process.stdout]


def _tell(endpoint: str) -> dict[str, Any]:
    """What one user got: the token, or the error."""
    began = time.monotonic()
    try:
        record = renewal_of(endpoint).current()
    except KeyholeError as error:
        return {"error": type(error).__name__, "said": str(error)}
    token = record.access_token.reveal() if record.access_token else ""
    return {"token": token, "seconds": round(time.monotonic() - began, 3)}


def _user(endpoint: str, gate: Path) -> None:
    while not gate.exists():
        time.sleep(0.002)
    answer = json.dumps({"pid": os.getpid(), **_tell(endpoint)})
    os.write(sys.stdout.fileno(), f"{answer}\n".encode())


def _parent(endpoint: str, gate: Path, count: int) -> None:
    # What a user needs is imported, and the plugins are loaded, before there are any.
    renewal_of(endpoint)
    RealHost().tokens(Machine.real()).stores.in_force().status()
    for module in ("exchange", "lock"):
        import_module(f"keyhole.{module}")
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            try:
                _user(endpoint, gate)
            finally:
                os._exit(0)
        children.append(child)
    print(json.dumps({"children": children}), flush=True)  # noqa: T201  # its answer
    for child in children:
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


if __name__ == "__main__":
    _parent(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
