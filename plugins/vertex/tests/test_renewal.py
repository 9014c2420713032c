"""Tokens end: each is renewed in time, once for everybody, in a running process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

import keyhole
from keyhole import Machine

Machines = Callable[..., Machine]


def _tokens(google: Any) -> int:
    return len(google.asked)


@pytest.mark.usefixtures("key")
def test_a_hundred_threads_make_one_request(google: Any, machine: Machines) -> None:
    """At the end of a token a hundred threads ask Google once, and all have the same new one."""
    google.seconds = 10
    resolved = keyhole.resolve(machine)
    google.seconds = 3600
    barrier = Barrier(100)

    def use(_number: int) -> str:
        barrier.wait()
        return resolved.headers()["authorization"]

    with ThreadPoolExecutor(100) as threads:
        used = set(threads.map(use, range(100)))
    assert used == {"Bearer fake-account-2"}
    assert _tokens(google) == 2


@pytest.mark.usefixtures("key")
def test_a_hundred_coroutines_make_one_request(google: Any, machine: Machines) -> None:
    """The same holds for tasks on one event loop."""
    google.seconds = 10

    async def use() -> set[str]:
        resolved = await keyhole.aresolve(machine)
        google.seconds = 3600
        held = await asyncio.gather(*(resolved.acredential() for _ in range(100)))
        return {credential.headers()["authorization"] for credential in held}

    assert asyncio.run(use()) == {"Bearer fake-account-2"}
    assert _tokens(google) == 2


@pytest.mark.usefixtures("key")
def test_a_good_token_is_kept(google: Any, machine: Machines) -> None:
    """While a token lasts nothing is asked again."""
    resolved = keyhole.resolve(machine)
    assert {resolved.headers()["authorization"] for _ in range(50)} == {"Bearer fake-account-1"}
    assert _tokens(google) == 1


def test_a_replaced_key_is_picked_up(
    google: Any, machine: Machines, key: Mapping[str, Any], tmp_path: Path
) -> None:
    """A running process signs with the key that stands in the file by then."""
    google.seconds = 10
    resolved = keyhole.resolve(machine)
    (tmp_path / "new.json").write_text(json.dumps({**key, "private_key_id": "fake-new-id"}))
    (tmp_path / "new.json").replace(tmp_path / "adc.json")
    resolved.headers()
    from google.auth import jwt

    ids = [jwt.decode_header(fields["assertion"])["kid"] for _path, fields in google.asked]
    assert ids == ["fake-id", "fake-new-id"]


def test_a_machines_token_is_renewed(google: Any, machine: Machines) -> None:
    """What the metadata server gave is renewed like any other."""
    google.seconds = 10
    place = {"GOOGLE_APPLICATION_CREDENTIALS": "", "GCE_METADATA_HOST": google.host}
    resolved = keyhole.resolve(lambda: machine(**place))
    google.seconds = 3600
    assert resolved.headers()["authorization"] == "Bearer fake-machine-2"
    assert resolved.headers()["authorization"] == "Bearer fake-machine-2"
