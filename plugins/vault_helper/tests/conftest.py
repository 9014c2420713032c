"""What the tests share: servers, and a home with a configuration that names one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from components.desk import Desk
from components.openbao import Bao, development
from keyhole import Host, Machine
from keyhole.files import RealFiles
from keyhole.host import RealHost
from keyhole_vault_helper.chosen import usable
from keyhole_vault_helper.kept import Kept

KEY = "sk-ant-api03-fake-from-the-vault"
_HELPER = "from keyhole_vault_helper.helper import main; main()"


@attrs.define
class Site:
    """A home on a real disk whose configuration names a key in a vault.

    Attributes:
        home: The home.
        environ: The variables.
        said: What was warned of.
        host: What is done with.
    """

    home: Path
    environ: dict[str, str] = attrs.field(factory=dict)
    said: list[str] = attrs.field(factory=list)
    host: Host = attrs.field(factory=RealHost)

    def configure(self, **options: Any) -> None:
        """Writes `[vault]`."""
        lines = [f"{name} = {_toml(value)}" for name, value in options.items()]
        path = self.home / ".config" / "keyhole" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('[stores]\nuse = "file"\n[vault]\n' + "\n".join(lines) + "\n")

    def write(self, name: str, content: str) -> str:
        """Writes a file, and gives its path."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return str(path)

    def machine(self) -> Machine:
        """The machine as it is now."""
        return Machine(
            environ={"HOME": str(self.home), "PATH": os.environ["PATH"], **self.environ},
            files=RealFiles(),
            home=self.home,
            cwd=self.home,
        )

    def kept(self) -> Kept:
        """The key that the configuration names."""
        machine = self.machine()
        return Kept(usable(machine), machine, self.host, self.said.append)

    def key(self) -> str:
        """The key, as a process has it that begins now."""
        record = self.kept().current()
        assert record.access_token is not None
        return record.access_token.reveal()

    def helper(
        self, *arguments: str, before: Sequence[str] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the helper as a process."""
        return subprocess.run(
            [*before, sys.executable, "-c", _HELPER, *arguments],
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], **self.environ, **more},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty home."""
    return Site(tmp_path)


@pytest.fixture(scope="session")
def _bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with development(tmp_path_factory.mktemp("bao")) as bao:
        bao.ask("POST", "sys/mounts/kv1", type="kv", options={"version": "1"})
        bao.ask("POST", "sys/auth/approle", type="approle")
        bao.policy("reads", "secret/data/*", "kv1/*")
        yield bao


@pytest.fixture
def bao(_bao: Bao, site: Site) -> Bao:
    """A development server with a key in each KV version, and a home that reads it as root."""
    _bao.ask("POST", "secret/data/anthropic", data={"api_key": KEY})
    _bao.ask("POST", "kv1/anthropic", api_key=KEY)
    site.configure(path="secret/anthropic", address=_bao.address)
    site.environ["VAULT_TOKEN"] = _bao.token
    return _bao


@pytest.fixture
def desk(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same home, where somebody types command lines."""
    return Desk(site.home, capsys, monkeypatch, environ=site.environ)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
