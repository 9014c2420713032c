"""A real terminal: tmux, of whose screen every character can be read and into which one types."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest

from components.debian import debian

__all__ = ["Terminal", "terminal"]

_PATIENCE = 60.0


@attrs.frozen
class Terminal:
    """A program on a terminal of its own.

    Attributes:
        socket: Where its tmux is spoken to.
    """

    socket: Path

    @property
    def screen(self) -> str:
        """What is on it, with what scrolled away; wrapped lines are whole."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-2000")

    def shows(self, text: str, *, times: int = 1) -> str:
        """Waits until a text is on the screen; gives the screen."""
        deadline = time.monotonic() + _PATIENCE
        while (screen := self.screen).count(text) < times:
            if time.monotonic() > deadline:
                pytest.fail(f"the terminal does not show {text!r}:\n{screen}")
            time.sleep(0.05)
        return screen

    def type(self, text: str) -> None:
        """Types a text as it is, and nothing after it."""
        self._tmux("send-keys", "-l", text)

    def press(self, key: str) -> None:
        """Presses a key by its tmux name: Enter, C-c, C-d."""
        self._tmux("send-keys", key)

    def _tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(self.socket), *words],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stdout


@contextmanager
def terminal(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], cwd: Path
) -> Iterator[Terminal]:
    """Starts a program on a terminal, which stays when the program ends and then says its code.

    Args:
        command: The program and its arguments.
        folder: Where the script that starts it is put.
        environ: The program's whole environment.
        cwd: Where it starts.
    """
    debian("tmux", "tmux")
    script = folder / "on-terminal.sh"
    # Ctrl-C is the program's; the shell stays to tell its code.
    script.write_text('trap : INT; "$@"; echo "[ended with $?]"; sleep 600\n')
    # The path of a socket may have 107 bytes, and a test's own folder is often longer.
    with TemporaryDirectory(prefix="keyhole-") as short:
        socket = Path(short) / "tmux"
        started = ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", "-d"]
        started += ["-x", "100", "-y", "40", "sh", str(script), *command]
        subprocess.run(started, env={**environ, "TERM": "xterm"}, cwd=cwd, timeout=60, check=True)
        try:
            yield Terminal(socket)
        finally:
            subprocess.run(["tmux", "-S", str(socket), "kill-server"], timeout=60, check=False)
