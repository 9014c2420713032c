"""On a disk that is full, or that may only be read, no token is asked for and none is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.authorization_server import AuthorizationServer, authorization_server

pytestmark = pytest.mark.real

_NAMESPACE = ("unshare", "--mount") + (() if os.geteuid() == 0 else ("--user", "--map-root-user"))
"""A mount in a namespace of its own is seen by its processes alone, and goes with them."""

_MOUNTED = 'mount -t tmpfs -o size=256k,mode=700 none "$HOME" && exec "$@"'

_USE = """
import json, subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from components.kept_login import keep, kept
from components.storm import expired, renewal_of
from keyhole.errors import StoreError

def told(work):
    try:
        return {"token": work().access_token.reveal()}
    except StoreError as error:
        return {"error": str(error)}

keep(expired(json.loads(sys.argv[3])))
before, home, renewal = kept(), Path.home(), renewal_of(sys.argv[2])
with open(home / "filler", "wb", buffering=0) as filler:
    try:
        while True:
            filler.write(bytes(4096))
    except OSError:
        pass
full = {**told(renewal.current), "same": kept() == before}
(home / "filler").unlink()
freed = {**told(renewal.current), "same": kept() == before}
now = kept()
subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
read_only = {**told(lambda: renewal.current(now.access_token)), "same": kept() == now}
good = told(renewal.current)
print(json.dumps({"full": full, "freed": freed, "read_only": read_only, "good": good}))
"""


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


def test_a_full_disk_and_one_that_may_only_be_read(
    server: AuthorizationServer, tokens_in_files: dict[str, str]
) -> None:
    """Where nothing can be written, the server is not asked, the error says why, the token stays."""
    can = (
        shutil.which("unshare")
        and not subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode
    )
    if not can:
        pytest.skip("no mount namespace can be made here")
    login = server.login()
    before = len(server.seen())
    found = _use(server, tokens_in_files, login)
    assert "No space left on device" in found["full"]["error"]
    assert found["full"]["same"]
    assert server.is_active(found["freed"]["token"])
    assert "Read-only file system" in found["read_only"]["error"]
    assert found["read_only"]["same"]
    assert found["good"] == {"token": found["freed"]["token"]}
    assert server.seen()[before:] == [200]


def _use(
    server: AuthorizationServer, environ: dict[str, str], login: dict[str, Any]
) -> dict[str, Any]:
    """What a program finds whose home is on a small disk that fills up, and is then read-only."""
    tests = str(Path(__file__).parent)
    within = [*_NAMESPACE, "sh", "-c", _MOUNTED, "sh", sys.executable, "-c", _USE]
    done = subprocess.run(
        [*within, tests, server.token_endpoint, json.dumps(login)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
