"""A Secret Service of a test's own: a session bus, and gnome-keyring on it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import attrs
import secretstorage
from jeepney import message_bus  # type: ignore[import-untyped]  # it has no types
from jeepney.io.blocking import (  # type: ignore[import-untyped]
    Proxy,
    open_dbus_connection,
)

from components.debian import debian
from keyhole_keyring_store.secret_service import default_collection

__all__ = ["Desktop", "process_of"]

_SECONDS = 30


@attrs.frozen
class Desktop:
    """A user's desktop: what is in its keyring stays while sessions come and go.

    Attributes:
        home: The home folder of that user.
    """

    home: Path

    @contextmanager
    def session(self, password: str | None = "fake-pass") -> Iterator[Mapping[str, str]]:
        """A session; what is yielded are the variables of its programs.

        Args:
            password: Unlocks the keyring, or creates it; without one it stays locked.
        """
        with ExitStack() as stack:
            address = stack.enter_context(_bus(self.environ))
            environ = {**self.environ, "DBUS_SESSION_BUS_ADDRESS": address}
            stack.enter_context(_keyring(environ, password))
            _await(address, unlocked=password is not None)
            yield environ

    @contextmanager
    def without_keyring(self) -> Iterator[Mapping[str, str]]:
        """A session with a bus on which nothing keeps secrets."""
        with _bus(self.environ) as address:
            yield {**self.environ, "DBUS_SESSION_BUS_ADDRESS": address}

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of a program outside of any session."""
        runtime = self.home / "run"
        for folder in (runtime, self.home / ".cache", self.home / ".local/share/keyrings"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(runtime), "PATH": os.environ["PATH"]}


def process_of(environ: Mapping[str, str]) -> int:
    """The number of the process that keeps the secrets of a session."""
    with closing(open_dbus_connection(environ["DBUS_SESSION_BUS_ADDRESS"])) as bus:
        answer = Proxy(message_bus, bus).GetConnectionUnixProcessID("org.freedesktop.secrets")
        return int(answer[0])


@contextmanager
def _bus(environ: Mapping[str, str]) -> Iterator[str]:
    daemon = debian("dbus-daemon", "dbus-daemon")
    # The services that are installed would be started by the bus: this one has none of them.
    config = Path(environ["HOME"]) / "bus.conf"
    config.write_text(
        "<busconfig><type>session</type>"
        f"<listen>unix:dir={environ['XDG_RUNTIME_DIR']}</listen><auth>EXTERNAL</auth>"
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
        '<allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>'
    )
    with _ended(
        subprocess.Popen(
            [daemon, f"--config-file={config}", "--nofork", "--print-address=1"],
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@contextmanager
def _keyring(environ: Mapping[str, str], password: str | None) -> Iterator[None]:
    daemon = debian("gnome-keyring-daemon", "gnome-keyring")
    unlock = [] if password is None else ["--unlock"]
    with _ended(
        subprocess.Popen(
            [daemon, "--foreground", "--components=secrets", *unlock],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    ) as process:
        assert process.stdin is not None
        process.stdin.write(password or "")
        process.stdin.close()
        yield


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    with process:
        try:
            yield process
        finally:
            process.terminate()


def _await(address: str, *, unlocked: bool) -> None:
    deadline = time.monotonic() + _SECONDS
    while not _serves(address, unlocked=unlocked):
        assert time.monotonic() < deadline, "gnome-keyring did not come up"
        time.sleep(0.05)


def _serves(address: str, *, unlocked: bool) -> bool:
    with closing(open_dbus_connection(address)) as bus:
        if not secretstorage.check_service_availability(bus):
            return False
        if not unlocked:
            return True
        path = default_collection(bus)
        return path is not None and not secretstorage.Collection(bus, path).is_locked()
