"""A process that hangs, as on a machine that does."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["hung"]


@contextmanager
def hung(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stops a server for a while: connections are taken, and nothing is answered."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
