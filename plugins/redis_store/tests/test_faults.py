"""What goes wrong with a server: an error that says so, never "nothing", and the old token stays."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
from redis.exceptions import BusyLoadingError, RedisError, ResponseError

from components.relay import listener, relay
from components.valkey import Valkey, valkey
from keyhole.errors import StoreError
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole.store import State
from keyhole.testing import CANARY
from keyhole_redis_store import store as store_module
from keyhole_redis_store.address import Address
from keyhole_redis_store.failure import UnansweredError, failure
from keyhole_redis_store.link import Link
from keyhole_redis_store.server import Server
from keyhole_redis_store.store import RedisStore

RECORD = TokenRecord(access_token=Secret(f"access-{CANARY}"), refresh_token=Secret("fake-refresh"))
NEWER = attrs.evolve(RECORD, access_token=Secret(f"newer-{CANARY}"))

# What the README tells to give an ACL user.
ALLOWED = (
    "+evalsha +eval +script|load +hget +hset +hdel +hincrby +get +set +del +pttl +info +select"
)


@pytest.fixture
def running() -> Iterator[Valkey]:
    """A server that a test may do anything to."""
    with valkey() as server:
        yield server


@pytest.fixture
def server(running: Valkey) -> Server:
    """The server as keyhole is told of it."""
    return Server(Address.parse(running.url), timeout=30)


def keep(store: RedisStore, record: TokenRecord = RECORD) -> None:
    """Keeps a record."""
    with store.exclusive("a", timeout=5) as slot:
        slot.replace(record)


def refusal(act: Callable[[], object]) -> StoreError:
    """The error that something ends with, which shows no secret, in its traceback neither."""
    with pytest.raises(StoreError) as caught:
        act()
    shown = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert CANARY not in shown + repr(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


def test_nothing_configured() -> None:
    """Without a URL there is no such store, and using it is an error that says what is missing."""
    store = RedisStore(Server())
    assert store.status().state is State.ABSENT
    assert "no server is configured" in str(refusal(lambda: store.read("a")))
    assert "[redis] url" in str(refusal(lambda: keep(store)))


def test_a_server_that_is_killed(running: Valkey, server: Server) -> None:
    """A server that dies under a holder is an error everywhere; when it is back it is used again."""
    store = RedisStore(server)
    with store.exclusive("a", timeout=5) as slot:
        slot.replace(RECORD)
        running.kill()
        assert "is not known" in str(refusal(lambda: slot.replace(NEWER)))
        assert "can't be reached" in str(refusal(lambda: store.read("a")))
        assert store.status().state is State.UNUSABLE
        running.start()
        # It came back empty, and nobody else has taken the key: the token is kept.
        slot.replace(NEWER)
        assert slot.record == NEWER
    keep(store, RECORD)
    assert store.read("a") == RECORD


@pytest.fixture
def trickling() -> Iterator[Address]:
    """The address of a server whose answer never ends, and whose client never waits long for more."""
    over = threading.Event()

    def trickle(client: socket.socket) -> None:
        with suppress(OSError), client:
            client.sendall(b"+")
            for _ in range(2000):  # A client that waits for all of it fails.
                if over.wait(0.01):
                    break
                client.sendall(b"x")

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = inlet.accept()
                threading.Thread(target=trickle, args=(client,), daemon=True).start()

    with listener() as inlet:
        threading.Thread(target=serve, daemon=True).start()
        yield Address("127.0.0.1", inlet.getsockname()[1])
        over.set()


def test_a_server_that_trickles(trickling: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a byte now and then is given up as one that sends none."""
    monkeypatch.setattr(store_module, "_WHOLE", 0.5)
    store = RedisStore(Server(trickling, timeout=0.25))
    assert "does not answer within 0.5 seconds" in str(refusal(lambda: store.read("a")))
    assert "does not answer within 0.5 seconds" in str(refusal(lambda: keep(store)))
    assert "does not answer within 0.5 seconds" in store.status().reason


def test_a_hold_whose_answer_is_lost(running: Valkey, server: Server) -> None:
    """Who does not hear that it took a key holds nothing: it lets go, and others need not wait."""
    with relay(lambda: socket.create_connection((running.host, running.port))) as between:
        far = RedisStore(attrs.evolve(server, address=Address(host="127.0.0.1", port=between.port)))
        keep(far)
        # The library asks twice.
        between.lose = 2
        refusal(lambda: keep(far))
        assert between.lose == 0
        with RedisStore(server).exclusive("a", timeout=0):
            pass


def test_a_hold_that_a_hanging_server_grants_late(running: Valkey, server: Server) -> None:
    """What a server grants after its client gave up ends soon, although nobody lets go of it."""
    hasty = RedisStore(attrs.evolve(server, timeout=0.2))
    keep(hasty)
    with running.stopped():
        assert "does not answer" in str(refusal(lambda: keep(hasty)))
    with RedisStore(server).exclusive("a", timeout=20):
        pass


def test_a_server_that_hangs(running: Valkey, server: Server) -> None:
    """A server that takes connections and answers nothing is an error, and no token is lost by it."""
    store = RedisStore(server)
    keep(store)
    hasty = RedisStore(attrs.evolve(server, timeout=0.2))
    with hasty.exclusive("a", timeout=5) as slot:
        with running.stopped():
            assert "does not answer within 0.2 seconds" in str(refusal(lambda: hasty.read("a")))
            assert hasty.status().state is State.UNUSABLE
            assert "is not known" in str(refusal(lambda: slot.replace(NEWER)))
        assert store.read("a") in (RECORD, NEWER)
    with store.exclusive("a", timeout=90) as slot:
        assert slot.record in (RECORD, NEWER)


def test_an_answer_that_is_lost(running: Valkey, server: Server) -> None:
    """A write whose answer was lost is found to have happened, or said to be unknown."""
    with relay(lambda: socket.create_connection((running.host, running.port))) as between:
        far = RedisStore(attrs.evolve(server, address=Address(host="127.0.0.1", port=between.port)))
        with far.exclusive("a", timeout=5) as slot:
            between.lose = 1
            slot.replace(RECORD)
            assert RedisStore(server).read("a") == RECORD
            between.lose = 1000
            assert "is not known" in str(refusal(lambda: slot.replace(NEWER)))
            between.lose = 0
            assert slot.record == NEWER
            between.lose = 1
            slot.delete()
            assert slot.record is None


def acl(running: Valkey, server: Server, folder: Path, *rules: str) -> Server:
    """The server as an ACL user with these rules sees it."""
    file = folder / "password"
    file.write_text("fake-password\n")
    file.chmod(0o600)
    running.ask("ACL", "SETUSER", "app", "reset", "on", ">fake-password", *rules)
    running.ask("ACL", "SETUSER", "default", "off")
    return attrs.evolve(server, username="app", password_file=file)


def test_an_acl_user(server: Server, tmp_path: Path) -> None:
    """The rights that the README lists are enough, and with a password the store is protected."""
    with valkey() as running:
        known = acl(running, server, tmp_path, "~keyhole:*", *ALLOWED.split())
        store = RedisStore(attrs.evolve(known, address=Address.parse(running.url)))
        assert store.status().usable
        assert store.status().protected
        keep(store)
        with store.exclusive("a", timeout=5) as slot:
            slot.delete()
        assert store.read("a") is None


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (["~other:*", "+@all"], "this user may not do that"),
        (["~keyhole:*", "-@all"], "this user may not do that"),
        (["off", "~*", "+@all"], "it refuses the user or the password"),
        (["resetpass", ">fake-other", "~*", "+@all"], "it refuses the user or the password"),
    ],
)
def test_what_an_acl_forbids(
    running: Valkey, server: Server, tmp_path: Path, rules: list[str], problem: str
) -> None:
    """A wrong password, and keys or commands that are not allowed, are errors with their remedy."""
    store = RedisStore(acl(running, server, tmp_path, *rules))
    assert problem in str(refusal(lambda: store.read("a")))
    assert problem in str(refusal(lambda: keep(store)))
    assert store.status().reason == problem


def test_a_user_who_may_only_read(running: Valkey, server: Server, tmp_path: Path) -> None:
    """What a script may not do is told as what a command may not do, and nothing is changed."""
    keep(RedisStore(server))
    store = RedisStore(acl(running, server, tmp_path, "~keyhole:*", "+@read", "+@scripting"))
    assert "may not do that" in str(refusal(lambda: keep(store, NEWER)))
    assert store.read("a") == RECORD


def test_a_server_whose_memory_is_full(running: Valkey, server: Server) -> None:
    """A full server refuses the new record and keeps the old one."""
    store = RedisStore(server)
    with store.exclusive("a", timeout=5) as slot:
        slot.replace(RECORD)
        running.ask("CONFIG", "SET", "maxmemory", "1")
        assert "its memory is full" in str(refusal(lambda: slot.replace(NEWER)))
        assert slot.record == RECORD
    assert "its memory is full" in str(refusal(lambda: keep(store, NEWER)))
    running.ask("CONFIG", "SET", "maxmemory", "0")
    keep(store, NEWER)


def test_a_server_that_forgets(running: Valkey, server: Server) -> None:
    """A server that may evict any key is refused before a token is entrusted to it."""
    running.ask("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
    store = RedisStore(server)
    assert "maxmemory-policy allkeys-lru" in str(refusal(lambda: keep(store)))
    assert store.status().state is State.UNUSABLE
    running.ask("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    assert store.status().usable
    keep(store)


def test_a_replica(running: Valkey, server: Server) -> None:
    """A replica is read from and never written to; one that lost its primary answers nothing."""
    keep(store := RedisStore(server))
    with store.exclusive("b", timeout=5) as slot:
        running.ask("REPLICAOF", "127.0.0.1", "1")
        assert "it is a replica" in str(refusal(lambda: slot.replace(NEWER)))
    assert store.read("a") == RECORD
    assert "it is a replica" in str(refusal(lambda: keep(RedisStore(server))))
    assert store.status().reason == "it is a replica, which can't be written"
    running.ask("CONFIG", "SET", "replica-serve-stale-data", "no")
    assert "lost its primary" in str(refusal(lambda: store.read("a")))


def test_what_others_wrote(running: Valkey, server: Server) -> None:
    """What is no record, or of another type, is an error that names the server and quotes nothing."""
    store = RedisStore(server)
    name = Link(server, 30).names("a")[0]
    running.ask("HSET", name, "record", f"{{{CANARY}")
    assert "no token record" in str(refusal(lambda: store.read("a")))
    running.ask("DEL", name)
    running.ask("SET", name, CANARY)
    assert "something else has written" in str(refusal(lambda: store.read("a")))
    assert "something else has written" in str(refusal(lambda: keep(store)))


def test_a_connection_that_was_closed(running: Valkey, server: Server) -> None:
    """A connection that the server closed while it was idle is opened anew without a word."""
    store = RedisStore(server)
    keep(store)
    running.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert store.read("a") == RECORD


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (BusyLoadingError("Redis is loading the dataset in memory"), "still loading"),
        (ResponseError("MISCONF it is configured to save"), "can't save to its disk"),
        (ResponseError("NOREPLICAS Not enough"), "fewer replicas"),
        (
            ResponseError("Error running script (call to f_0): @user_script:9: -OOM command"),
            "its memory is full",
        ),
        (ResponseError(f"unknown command, with args beginning with {CANARY}"), "not known here"),
        (ResponseError(f"ODD {CANARY}"), "not known here (ODD)"),
        (ResponseError(""), "not known here"),
    ],
)
def test_what_a_server_says(error: RedisError, problem: str) -> None:
    """A server's errors are told in keyhole's words: its own may quote what was sent."""
    told = failure(error, "redis://server.example", 3)
    assert problem in told.problem
    assert told.remedy
    assert CANARY not in str(told)
    assert not isinstance(told, UnansweredError)
