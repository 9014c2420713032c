"""Somebody else's vault, and somebody else's way to log in, are one file each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from components.openbao import Bao

VAULT = """
    from keyhole_vault_helper.contract import Reading, Step
    from keyhole.secret import Secret
    from keyhole.source import Detail

    class Drawer:
        flaw, warnings = None, ()
        details = (Detail("vault", "a drawer"),)
        key = about = "acme's drawer"

        def __init__(self, machine):
            self.machine = machine

        def read(self, host, kept):
            return Reading(Secret("fake-key-from-the-drawer"))

        def steps(self, host):
            return [Step("drawer", lambda: "it opens")]

        def forget(self, host, kept):
            return ()
"""
METHOD = """
    from keyhole_vault_helper.auth.method import granted

    class UserPass:
        own, identity, flaw, details = True, "userpass:ada", None, ()

        def __init__(self, machine):
            pass

        def log_in(self, server, host):
            login = lambda client: client.auth.userpass.login("ada", "fake-pw", use_token=False)
            return granted(server.ask("log in with userpass", login))

        def forget(self, host):
            pass
"""


@pytest.fixture
def install(site: Any) -> Callable[[str, str, str], None]:
    """Installs a distribution of one file: `install("keyhole.vaults", "drawer:Drawer", VAULT)`."""

    def put(group: str, target: str, text: str) -> None:
        name = target.partition(":")[0]
        site.write(f"site/{name}.py", dedent(text))
        site.write(
            f"site/{name}-1.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        )
        site.write(f"site/{name}-1.dist-info/entry_points.txt", f"[{group}]\n{name} = {target}\n")
        site.environ["PYTHONPATH"] = str(site.home / "site")

    return put


def _keyhole(site: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = "from keyhole.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={"HOME": str(site.home), "PATH": "/usr/bin:/bin", **site.environ},
        cwd=site.home, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_vault_in_one_file(site: Any, install: Any) -> None:
    """A class with an entry point is a vault: for the source, the helper, and the commands."""
    install("keyhole.vaults", "drawer:Drawer", VAULT)
    site.configure(backend="drawer", path="top")
    assert site.helper().stdout == "fake-key-from-the-drawer\n"
    assert _keyhole(site, "headers").stdout == "x-api-key: fake-key-from-the-drawer\n"
    assert "✓ drawer" in _keyhole(site, "vault", "check").stdout
    assert _keyhole(site, "vault", "logout").returncode == 0


def test_one_that_is_blocked_is_not_imported(site: Any, install: Any) -> None:
    """What `[plugins]` does not admit is not imported, and that wins as broken."""
    install("keyhole.vaults", "drawer:Drawer", "raise SystemExit('imported')")
    site.configure(backend="drawer", path="top")
    config = site.home / ".config/keyhole/config.toml"
    config.write_text(config.read_text() + '[plugins]\nblock = ["drawer"]\n')
    done = _keyhole(site, "status")
    assert done.returncode == 4
    assert "nothing named 'drawer' is installed" in done.stdout


@pytest.mark.real
def test_a_way_to_log_in_in_one_file(bao: Bao, site: Any, install: Any) -> None:
    """A class with an entry point is a way to log in, with all that comes after it."""
    bao.ask("POST", "sys/auth/userpass", type="userpass")
    bao.ask("POST", "auth/userpass/users/ada", password="fake-pw", token_policies=["reads"])
    install("keyhole.vault_auth", "userpass:UserPass", METHOD)
    site.configure(path="secret/anthropic", address=bao.address, auth="userpass")
    assert site.helper().stdout == "sk-ant-api03-fake-from-the-vault\n"
    assert "keyhole's token" in _keyhole(site, "vault", "logout").stdout
