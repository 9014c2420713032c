"""However many share a token in the keyring of a desktop, it is refreshed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring.core
import pytest
from keyring.backends import SecretService

from components.authorization_server import AuthorizationServer, authorization_server
from components.kept_login import asked, assert_a_storm_refreshes_once, assert_rotates, log_in
from components.secret_service import Desktop
from components.storm import holder_of

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    """A server that rotates refresh tokens and ends a login whose token is used twice."""
    with authorization_server() as running:
        yield running


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    """The variables of a desktop session whose tokens are in its keyring; this process's too."""
    config = tmp_path / "config.toml"
    config.write_text('[stores]\nuse = "keyring"\n[keyring]\ntimeout = 60\n')
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    with Desktop(tmp_path).session() as desktop:
        environ = {**desktop, "KEYHOLE_CONFIG": str(config)}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        # The library chooses a back-end once in a process; another test may have made it choose.
        monkeypatch.setattr(keyring.core, "_keyring_backend", SecretService.Keyring())  # type: ignore[no-untyped-call]  # keyring has none
        yield environ


def test_64_processes(
    server: AuthorizationServer, session: Mapping[str, str], tmp_path: Path
) -> None:
    """64 processes with one ended token in the keyring make one request, get one token; it rotates on."""
    assert_a_storm_refreshes_once(server, session, tmp_path / "gate")


@pytest.mark.usefixtures("session")
def test_threads_that_share_nothing(server: AuthorizationServer) -> None:
    """20 threads of one process, each with a holder and a store of its own, make one request."""
    log_in(server)
    before = len(server.seen())
    with ThreadPoolExecutor(20) as threads:
        users = [
            threads.submit(lambda: holder_of(server.token_endpoint).current()) for _ in range(20)
        ]
    assert len({user.result().secret for user in users}) == 1
    assert asked(server, before) == [200]
    assert_rotates(server)
