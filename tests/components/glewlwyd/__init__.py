"""glewlwyd, an authorization server in C with habits of its own, from Debian.

It answers a registration with 200, names endpoints with two slashes in a row, and says no `iss` in
the redirect (RFC 9207).
"""

from __future__ import annotations

import gzip
import json
import shlex
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from joserfc.jwk import RSAKey

from components.debian import debian
from components.ports import free_port

__all__ = ["Glewlwyd", "glewlwyd"]

PATIENCE = 60
"""Seconds; a machine under load is slow, and no test waits for them in vain."""

SCOPE = "mcp:read"
PERSON = {"username": "ada", "password": "fake-password"}

_HERE = Path(__file__).parent
_SCHEMA = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
_NAME = "mcp"


@attrs.frozen
class Glewlwyd:
    """A server that is running.

    Attributes:
        origin: Its origin.
        resource: The one resource that it gives tokens for.
        log: What it writes of what it does.
    """

    origin: str
    resource: str
    log: Path

    @property
    def issuer(self) -> str:
        """Its issuer; there is a path in it."""
        return f"{self.origin}/api/{_NAME}"

    @property
    def browser(self) -> str:
        """A browser whose person signs in and agrees: what BROWSER takes."""
        return shlex.join([sys.executable, str(_HERE / "person.py"), *PERSON.values(), "%s"])

    def noted(self, event: str) -> int:
        """How often its log tells of an event."""
        return self.log.read_text().count(event)

    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        url = f"{self.issuer}/.well-known/openid-configuration"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310  # loopback
            return dict(json.load(answer))


@contextmanager
def glewlwyd(folder: Path, *, resource: str) -> Iterator[Glewlwyd]:
    """Starts a server that registers clients by itself, and asks the person "ada".

    Args:
        folder: Where its database and configuration are put.
        resource: The one resource that it gives tokens for.
    """
    program = debian("glewlwyd", "glewlwyd")
    port = free_port()
    command = [str(program), f"--config-file={_configured(folder, port)}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            server = Glewlwyd(f"http://localhost:{port}", resource, folder / "glewlwyd.log")
            _set_up(server, process)
            yield server
        finally:
            process.kill()


def _configured(folder: Path, port: int) -> Path:
    """Its configuration, beside a database with one person in it."""
    with gzip.open(_SCHEMA, "rt") as schema, sqlite3.connect(folder / "glewlwyd.db") as database:
        database.executescript(schema.read())
    written = folder / "glewlwyd.conf"
    text = (_HERE / "glewlwyd.conf").read_text()
    written.write_text(text.replace("@PORT@", str(port)).replace("@FOLDER@", str(folder)))
    return written


def _set_up(server: Glewlwyd, process: subprocess.Popen[bytes]) -> None:
    """Adds what speaks OpenID Connect, as an administrator does."""
    _wait_for(server, process)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    administrator = {"username": "admin", "password": "password"}
    _post(opener, f"{server.origin}/api/auth/", administrator)
    _post(opener, f"{server.origin}/api/mod/plugin", _plugin(server))
    # With "openid" it would want a nonce, which OpenID Connect leaves open for this flow.
    scope = {"name": SCOPE, "display_name": SCOPE, "password_required": True}
    _post(opener, f"{server.origin}/api/scope", scope)
    _post(opener, f"{server.origin}/api/user", {**PERSON, "scope": [SCOPE], "enabled": True})


def _wait_for(server: Glewlwyd, process: subprocess.Popen[bytes]) -> None:
    address = ("127.0.0.1", urlsplit(server.origin).port)
    until = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        assert process.poll() is None, "glewlwyd has ended"
        assert time.monotonic() < until, "glewlwyd does not start"
        time.sleep(0.02)


def _post(opener: urllib.request.OpenerDirector, url: str, fields: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(fields).encode(), headers)  # noqa: S310  # loopback
    opener.open(asked, timeout=PATIENCE).close()


def _plugin(server: Glewlwyd) -> dict[str, Any]:
    key = RSAKey.generate_key(2048, {"kid": "fake", "alg": "RS256", "use": "sig"})
    parameters = {
        "iss": server.issuer,
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        "jwks-private": json.dumps({"keys": [key.as_dict(private=True)]}),
        "jwks-show": True,
        "default-kid": "fake",
        "code-duration": 60,
        "access-token-duration": 3600,
        "refresh-token-duration": 86400,
        "refresh-token-rolling": True,
        "refresh-token-one-use": "always",
        "allow-non-oidc": True,
        "allowed-scope": ["openid", SCOPE],
        "auth-type-code-enabled": True,
        "auth-type-refresh-enabled": True,
        "pkce-allowed": True,
        "pkce-required": True,
        "register-client-allowed": True,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
        "resource-allowed": True,
        "resource-scope": {SCOPE: [server.resource]},
        "resource-client-property": "resource",
        "resource-scope-and-client-property": False,
        "resource-change-allowed": False,
        "secret-type": "pairwise",
    }
    return {
        "module": "oidc",
        "name": _NAME,
        "display_name": "tests",
        "parameters": parameters,
    }
