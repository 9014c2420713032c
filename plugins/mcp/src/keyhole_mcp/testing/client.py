"""A client as a process, started as the conformance suite starts one."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import attrs

__all__ = ["NOT_OFFERED", "Client", "Ended", "ended"]

NOT_OFFERED = 77
"""The exit code of a client that has nothing of the kind that a step asks for."""

_TAIL = 300


@attrs.frozen
class Ended:
    """How a client ended.

    Attributes:
        code: The exit code; None where it had to be stopped.
        said: The end of what it wrote.
    """

    code: int | None
    said: str


@final
class Client:
    """One process of a client.

    Args:
        command: The command line; the server's URL is put behind it.
        url: The server's URL.
        scenario: The probe's name.
        protocol: The revision of MCP.
        context: What the client is to do, and where it keeps its tokens.
        environ: Further variables.
        output: The file that takes what it writes.
    """

    def __init__(
        self,
        command: str,
        url: str,
        *,
        scenario: str,
        protocol: str,
        context: Mapping[str, Any],
        environ: Mapping[str, str],
        output: Path,
    ) -> None:
        self._output = output
        with output.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603  # the user's own command
                [*shlex.split(command), url],
                env={**_environ(), **environ, **_told(scenario, protocol, context)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def end(self, seconds: float) -> Ended:
        """Waits for its end, and stops it where that does not come in time."""
        code: int | None
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            code = None
        text = self._output.read_text("utf-8", "replace").strip()
        return Ended(code, text[-_TAIL:])

    def stop(self) -> None:
        """Ends it, and whatever it has started, if it still runs."""
        if not self.runs:
            return
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def ended(clients: Sequence[Client], seconds: float) -> list[Ended]:
    """How each of several ended, with one limit for all."""
    until = time.monotonic() + seconds
    return [client.end(max(0.0, until - time.monotonic())) for client in clients]


def _environ() -> dict[str, str]:
    """The variables of this process; no proxy stands between a client and this machine."""
    here = "127.0.0.1,localhost,0.0.0.0,::1"
    return {**os.environ, "NO_PROXY": here, "no_proxy": here}


def _told(scenario: str, protocol: str, context: Mapping[str, Any]) -> dict[str, str]:
    return {
        "MCP_CONFORMANCE_SCENARIO": scenario,
        "MCP_CONFORMANCE_PROTOCOL_VERSION": protocol,
        "MCP_CONFORMANCE_CONTEXT": json.dumps(context),
    }
