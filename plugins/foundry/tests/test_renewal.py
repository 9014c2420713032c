"""A token that ends is renewed in time, once for everybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from keyhole import Machine, resolve
from keyhole.testing import FakeHost

SECRET = {
    "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "AZURE_CLIENT_ID": "fake-client",
    "AZURE_CLIENT_SECRET": "fake-secret",
}


def test_a_hundred_threads_make_one_token_request(
    machine: Callable[..., Machine], entra: Any
) -> None:
    """At the token's end 100 threads wait for one renewal, and all of them get the new token."""
    host = FakeHost(now=time.time())
    resolved = resolve(lambda: machine(**SECRET), host=host)
    assert len(entra.asked) == 1
    entra.delay = 0.3
    entra.expires_in = 3 * 3600
    host.time += 3590
    barrier = threading.Barrier(100)
    got: list[str] = []

    def use() -> None:
        barrier.wait()
        got.append(resolved.headers()["authorization"])

    threads = [threading.Thread(target=use) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["Bearer fake-entra-token-2"] * 100
    assert len(entra.asked) == 2


def test_a_token_is_used_until_it_nears_its_end(
    machine: Callable[..., Machine], entra: Any
) -> None:
    """Until two minutes before the end the held token is used, and Entra ID is left alone."""
    host = FakeHost(now=time.time())
    resolved = resolve(lambda: machine(**SECRET), host=host)
    for _ in range(3):
        host.time += 1000
        resolved.headers()
    assert len(entra.asked) == 1
    host.time += 1000
    assert resolved.headers() == {"authorization": "Bearer fake-entra-token-2"}
