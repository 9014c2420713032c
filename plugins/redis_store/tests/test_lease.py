"""Leases: one holder, and whoever slept past the lease can't write over another's work."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable

import attrs
import pytest

from keyhole.errors import BusyError, LeaseError
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole_redis_store.link import Link
from keyhole_redis_store.scripts import REPLACE
from keyhole_redis_store.server import Server
from keyhole_redis_store.slot import RedisSlot
from keyhole_redis_store.store import RedisStore

Open = Callable[..., RedisStore]

RECORD = TokenRecord(access_token=Secret("fake-access"), refresh_token=Secret("fake-refresh"))
NEWER = attrs.evolve(RECORD, access_token=Secret("fake-newer"))


def slept(seconds: float = 0.3) -> None:
    """A lease of a tenth of a second is over."""
    time.sleep(seconds)


def test_who_holds_it_is_named(opens: Open) -> None:
    """Whoever can't have a key learns the process and the host that hold it, and for how long."""
    mine, others = opens().exclusive("held", timeout=1), opens().exclusive("held", timeout=0)
    with mine, pytest.raises(BusyError) as caught, others:
        pass
    assert f"process {os.getpid()} on {socket.gethostname()} holds it" in str(caught.value)
    assert re.search(r"its lease ends in \d+ seconds", str(caught.value))


def test_others_go_on_past_the_lease(opens: Open) -> None:
    """Whoever slept past its lease while another held the key gets LeaseError; nothing is lost."""
    store = opens(lease=0.1)
    with store.exclusive("slept", timeout=1) as sleeper:
        sleeper.replace(RECORD)
        slept()
        with opens().exclusive("slept", timeout=5) as other:
            other.replace(NEWER)
        with pytest.raises(LeaseError, match="another has taken the key since"):
            sleeper.replace(RECORD)
        with pytest.raises(LeaseError, match="another has taken the key since"):
            sleeper.delete()
        assert sleeper.record == NEWER
    assert opens().read("slept") == NEWER


def test_a_sleeper_does_not_end_anothers_lease(opens: Open) -> None:
    """Leaving a hold that another took over leaves the other's alone."""
    with opens().exclusive("other", timeout=1) as slot:
        assert slot.record is None
    sleeper = opens(lease=0.1).exclusive("other", timeout=1)
    sleeper.__enter__()
    slept()
    with opens().exclusive("other", timeout=5):
        sleeper.__exit__(None, None, None)
        with pytest.raises(BusyError), opens().exclusive("other", timeout=0):
            pass


def test_a_late_write_that_is_in_nobodys_way_is_kept(opens: Open, server: Server) -> None:
    """Past the lease a token is kept where nobody has held the key since; and it holds on again."""
    with opens().exclusive("late", timeout=1) as slot:
        slot.replace(RECORD)
        link = Link(server, 30)
        assert link._redis.delete(link.names("late")[1]) == 1
        slot.replace(NEWER)
        with pytest.raises(BusyError), opens().exclusive("late", timeout=0):
            pass
    assert opens().read("late") == NEWER


def test_a_lease_is_not_prolonged_in_secret(opens: Open) -> None:
    """A holder that does nothing loses its key when the lease is over, though its process lives."""
    with opens(lease=0.2).exclusive("idle", timeout=1), opens().exclusive("idle", timeout=10):
        pass


def test_a_write_prolongs_the_lease(opens: Open, server: Server) -> None:
    """A write is a sign of life: the lease begins anew with it, and the lease alone ends."""
    link = Link(server, 30)
    _, lease = link.names("long")
    with opens(lease=100).exclusive("long", timeout=1) as slot:
        link._redis.pexpire(lease, 1000)
        slot.replace(RECORD)
        left: int = link._redis.pttl(lease)
        assert 50_000 < left <= 100_000
    assert link._redis.pttl(link.names("long")[0]) == -1


def test_a_lost_lease_costs_no_record(opens: Open, server: Server) -> None:
    """Where the lease was evicted, or lost in a restart, who took the key last is who may write."""
    link = Link(server, 30)
    with opens().exclusive("evicted", timeout=1) as first:
        link._redis.delete(link.names("evicted")[1])
        with opens().exclusive("evicted", timeout=0) as second:
            second.replace(NEWER)
            with pytest.raises(LeaseError):
                first.replace(RECORD)
    assert opens().read("evicted") == NEWER


@pytest.mark.parametrize(
    "lost",
    [("DEL",), ("HSET", "holder", "previous", "fence", "0"), ("HDEL", "holder"), ("HDEL", "fence")],
)
def test_a_server_that_forgot_a_hold_costs_no_record(
    opens: Open, server: Server, lost: tuple[str, ...]
) -> None:
    """A hold that a restart or a failover took from the server was not taken by another: it is restored."""
    link = Link(server, 30)
    name, lease = link.names("forgot")
    with opens().exclusive("forgot", timeout=1) as slot:
        slot.replace(RECORD)
        link._redis.delete(lease)
        link._redis.execute_command(lost[0], name, *lost[1:])  # type: ignore[no-untyped-call]
        slot.replace(NEWER)
        assert slot.record == NEWER
        with pytest.raises(BusyError), opens().exclusive("forgot", timeout=0):
            pass
    assert opens().read("forgot") == NEWER


def test_who_took_it_from_a_server_that_forgot_is_not_overwritten(
    opens: Open, server: Server
) -> None:
    """Where the server forgot a hold and another took the key, only that one may write."""
    link = Link(server, 30)
    for _ in range(3):
        with opens().exclusive("again", timeout=1):
            pass
    with opens().exclusive("again", timeout=1) as first:
        link._redis.delete(*link.names("again"))
        with opens().exclusive("again", timeout=0) as second:
            second.replace(NEWER)
            with pytest.raises(LeaseError, match="another has taken the key since"):
                first.replace(RECORD)
    assert opens().read("again") == NEWER


def test_a_write_that_comes_late_changes_nothing(opens: Open, server: Server) -> None:
    """What a hanging network delivers a second time, after a newer write, is dropped."""
    with opens().exclusive("twice", timeout=1) as slot:
        assert isinstance(slot, RedisSlot)
        slot.replace(RECORD)
        slot.replace(NEWER)
        done, _ = Link(server, 30).run(REPLACE, "twice", slot._holder, 1000, 1, 1, RECORD.text())
        assert done == 2
    assert opens().read("twice") == NEWER


def test_the_names_tell_nothing(server: Server) -> None:
    """All names of a key begin with the prefix, share one hash tag, and don't contain the key."""
    names = Link(server, 1).names("mcp|https://server.example|ada")
    assert all(name.startswith(f"{server.prefix}{{") for name in names)
    assert len({name.partition("{")[2].partition("}")[0] for name in names}) == 1
    assert "example" not in str(names)


def test_threads_and_their_forks(opens: Open) -> None:
    """A child has connections of its own: parent and child use one store at the same time."""
    store = opens()
    with store.exclusive("forked", timeout=1) as slot:
        slot.replace(RECORD)
    child = os.fork()
    if child == 0:
        try:
            same = all(store.read("forked") == RECORD for _ in range(100))
        except BaseException:  # noqa: BLE001  # whatever it is, the parent must hear of it
            same = False
        os._exit(0 if same else 1)
    threads = [threading.Thread(target=store.read, args=("forked",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(store.read("forked") == RECORD for _ in range(100))
    assert os.waitpid(child, 0)[1] == 0
