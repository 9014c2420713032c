"""The table `[redis]`: what it takes, what it refuses, and where the password comes from."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import attrs
import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import Machine
from keyhole.errors import ConfigError, StoreError
from keyhole.testing import fake_machine
from keyhole_redis_store import keyhole_options, keyhole_token_stores
from keyhole_redis_store.address import Address
from keyhole_redis_store.password import password_of
from keyhole_redis_store.server import Server, server_of
from keyhole_redis_store.store import RedisStore

HOME = Path("/home/ada")


def machine(said: str) -> Machine:
    """A machine whose configuration says this in `[redis]`."""
    return fake_machine({}, {".config/keyhole/config.toml": f"[redis]\n{said}\n"}, home=HOME)


def test_the_hooks() -> None:
    """The plugin offers one store, opened without asking anybody, and the keys of one table."""
    (factory,) = keyhole_token_stores()
    store = factory.open(machine('url = "redis://127.0.0.1:1"'))
    assert (factory.name, factory.priority) == (store.name, store.priority) == ("redis", 600)
    assert {option.table for option in keyhole_options()} == {"redis"}


def test_everything_that_can_be_said() -> None:
    """Each key arrives where it is used, and `~` is this user's home."""
    said = server_of(
        machine(
            'url = "rediss://cache.example:7000/2"\nusername = "app"\npassword_file = "~/pw"\n'
            'ca_file = "/etc/ca.pem"\ncertificate = "/etc/c.pem"\nkey = "/etc/k.pem"\n'
            'prefix = "team:"\nlease = 30\ntimeout = 1.5'
        )
    )
    assert said == Server(
        Address("cache.example", 7000, database=2, tls=True),
        username="app",
        password_file=HOME / "pw",
        ca_file=Path("/etc/ca.pem"),
        certificate=Path("/etc/c.pem"),
        key=Path("/etc/k.pem"),
        prefix="team:",
        lease=30.0,
        timeout=1.5,
    )


@pytest.mark.parametrize(
    "said",
    [
        'url = "redis://app:fake-password@cache.example"',
        'url = "rediss://cache.example?ssl_cert_reqs=none"',
        'url = "http://cache.example"',
        'url = "redis://cache.example/nought"',
        'url = "unix://relative"',
        'url = "unix:///run/socket?password=fake-password"',
        'password_file = "relative"',
        'prefix = "a{b}"',
        "lease = 0",
        "lease = true",
        "timeout = inf",
        'password_file = "/pw"\npassword_keyring = "cache"',
        'url = "rediss://cache.example"\ncertificate = "/c.pem"',
        'url = "redis://cache.example"\nca_file = "/ca.pem"',
    ],
)
def test_what_is_refused(said: str) -> None:
    """A wrong value is an error with file and line, which does not repeat the value."""
    with pytest.raises(ConfigError) as caught:
        server_of(machine(said))
    assert "config.toml:" in str(caught.value)
    assert "fake-password" not in str(caught.value)


@given(
    st.builds(
        Address,
        host=st.from_regex(r"[a-z][a-z0-9.-]{0,20}[a-z]", fullmatch=True),
        port=st.integers(1, 65535),
        database=st.integers(0, 1000),
        tls=st.booleans(),
    )
)
def test_an_address_is_its_url(address: Address) -> None:
    """What an address shows is a URL that gives the same address."""
    assert Address.parse(str(address)) == address


@given(st.text() | st.integers() | st.none())
def test_any_url_is_taken_or_refused(url: object) -> None:
    """Whatever stands there is an address or None, and no exception."""
    assert Address.parse(url) is None or isinstance(url, str)


@pytest.mark.parametrize(
    ("url", "asks", "protected"),
    [
        ("redis://127.0.0.1", False, False),
        ("redis://127.0.0.1", True, True),
        ("redis://[::1]:7000", True, True),
        ("unix:///run/socket?db=3", True, True),
        ("rediss://cache.example", True, True),
        ("rediss://cache.example", False, False),
        ("redis://cache.example", True, False),
    ],
)
def test_what_is_protected(url: str, asks: bool, protected: bool) -> None:  # noqa: FBT001  # a table
    """Protected is what asks who comes, and is not sent in the clear over a network."""
    server = Server(Address.parse(url), password_keyring="x" if asks else "", timeout=0.05)
    said = RedisStore(server)._said(RedisStore(Server()).status().state)
    assert said.protected is protected
    assert ("not encrypted" in said.where) is (url == "redis://cache.example")


def write(path: Path, text: bytes = b"fake-password\n", mode: int = 0o600) -> Server:
    """A server whose password is in a file."""
    path.write_bytes(text)
    path.chmod(mode)
    return Server(password_file=path)


def test_a_password_file(tmp_path: Path) -> None:
    """The password is the file's text without its line end, and is read anew each time."""
    server = write(tmp_path / "pw")
    assert _revealed(server) == "fake-password"
    write(tmp_path / "pw", b"fake-newer")
    assert _revealed(server) == "fake-newer"


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        (b"fake-password", 0o640, "mode 0640"),
        (b"fake-password", 0o604, "mode 0604"),
        (b"\n", 0o600, "is empty"),
        (b"\xff", 0o600, "not UTF-8"),
    ],
)
def test_a_password_file_that_is_refused(
    tmp_path: Path, text: bytes, mode: int, problem: str
) -> None:
    """A file that others can read, or that holds no password, is refused with its path."""
    with pytest.raises(StoreError, match=problem) as caught:
        password_of(write(tmp_path / "pw", text, mode), 30)
    assert caught.value.where == str(tmp_path / "pw")
    assert "fake-password" not in str(caught.value)


def test_a_password_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, a folder or a FIFO is an error, and nothing hangs on it."""
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "fifo"):
        with pytest.raises(StoreError):
            password_of(Server(password_file=path), 30)
        store = RedisStore(Server(Address(socket="/nowhere"), password_file=path))
        assert not store.status().usable


def one_password(service: str, username: str) -> str | None:
    """What a keyring with a single password answers."""
    return "fake-ring-password" if (service, username) == ("cache", "app") else None


def test_a_password_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyring's password is the user's under that service; a missing one says what to do."""
    monkeypatch.setattr(keyring, "get_password", one_password)
    assert _revealed(Server(username="app", password_keyring="cache")) == "fake-ring-password"
    with pytest.raises(StoreError, match="keyring set cache"):
        password_of(Server(username="eve", password_keyring="cache"), 30)


def test_a_keyring_that_hangs(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """A keyring that does not answer is an error in time that names the keyring, not the server."""
    answer = threading.Event()
    monkeypatch.setattr(keyring, "get_password", lambda *_asked: answer.wait(60) and None)
    asking = attrs.evolve(server, password_keyring="cache", timeout=0.5)
    try:
        with pytest.raises(StoreError, match="OS keyring: it does not answer") as caught:
            RedisStore(asking).read("a")
        assert caught.value.remedy
        assert "OS keyring: it does not answer" in RedisStore(asking).status().reason
    finally:
        answer.set()


def test_a_keyring_that_raises_anything(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Whatever a back-end raises is an error that tells its kind and not its words."""

    def raises(*_asked: str) -> None:
        raise RuntimeError("the bus said fake-ring-password")

    monkeypatch.setattr(keyring, "get_password", raises)
    store = RedisStore(attrs.evolve(server, password_keyring="cache"))
    with pytest.raises(StoreError, match="RuntimeError") as caught:
        store.read("a")
    assert "fake-ring-password" not in str(caught.value)
    assert "RuntimeError" in store.status().reason


def test_no_keyring_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is not installed, that is what the error says."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(StoreError, match="keyring is not installed"):
        password_of(Server(password_keyring="cache"), 30)


def _revealed(server: Server) -> str:
    password = password_of(server, 30)
    assert password is not None
    return password.reveal()
