"""A real PostgreSQL for tests, from Debian: what a vault makes short-lived users in."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from components.debian import debian
from components.ports import free_port

__all__ = ["Postgres", "postgres"]

_SECONDS = 60


@attrs.frozen
class Postgres:
    """A server that is running.

    Attributes:
        port: Its TCP port, on this machine's loopback.
        password: The superuser's.
    """

    port: int
    password: str = "fake-postgres-password"

    @property
    def url(self) -> str:
        """Where it is, for a client that fills in who it is."""
        return f"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{self.port}/postgres"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Starts a server with one superuser, `postgres`."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder, server = Path(name), Postgres(free_port())
        (folder / "password").write_text(server.password)
        _hand_over(folder)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", "postgres", "--no-sync", "-A", "scram-sha-256",
             f"--pwfile={folder / 'password'}")  # fmt: skip
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        try:
            yield server
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path:
    def found() -> list[Path]:
        return sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))

    if not found():
        if not os.environ.get("CI"):
            pytest.skip("PostgreSQL is not here: install Debian's package postgresql")
        debian("pg_ctlcluster", "postgresql")
    return found()[-1].parent


def _hand_over(folder: Path) -> None:
    """The superuser of a system may not start it."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)


def _run(*command: str | Path) -> None:
    line = [str(part) for part in command]
    if os.geteuid() == 0:
        runuser = shutil.which("runuser") or "runuser"
        line = [runuser, "-u", "postgres", "--", *line]
    done = subprocess.run(
        line, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]}: {done.stderr[-2000:]}"
