"""A credential that is to be loaded again at a chosen moment, although it has not ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from keyhole.credential import API_KEY, Credential, HeaderCredential
from keyhole.freshness import Freshness, freshness
from keyhole.holder import Holder
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost


def _holder(host: FakeHost, **ends: Callable[[], float]) -> Holder:
    """Loads "1", "2", … with these ends."""
    loaded: list[Credential] = []

    def load(_rejected: Credential | None) -> Credential:
        at = {name: end() for name, end in ends.items()}
        credential = HeaderCredential(
            API_KEY, Secret(str(len(loaded) + 1)), "https://api.anthropic.com", **at
        )
        loaded.append(credential)
        return credential

    return Holder(load, host.now)


def _uses(host: FakeHost, holder: Holder, *at: float) -> list[str]:
    used = []
    for seconds in at:
        host.time = NOW + seconds
        used.append(holder.current().secret.reveal())
    return used


def test_it_is_used_up_to_that_moment() -> None:
    """No window before an end applies, and from that moment on another is loaded first."""
    host = FakeHost()
    holder = _holder(host, renew_at=lambda: host.time + 60)
    assert _uses(host, holder, 0, 31, 59.9, 60, 119, 120) == ["1", "1", "1", "2", "2", "3"]


@pytest.mark.parametrize("name", ["renew_at", "expires_at"])
def test_one_that_ends_at_once_is_loaded_for_each_use(name: str) -> None:
    """Each use has one that was loaded for it, and none waits for one that lasts."""
    host = FakeHost()
    holder = _holder(host, **{name: lambda: host.time})
    assert _uses(host, holder, 0, 0, 1) == ["1", "2", "3"]
    assert asyncio.run(holder.acurrent()).secret.reveal() == "4"


def test_many_at_once_share_one_that_ends_at_once() -> None:
    """Threads that wait for the same loading all use what it brings."""
    host = FakeHost()
    holder = _holder(host, renew_at=host.now)
    with ThreadPoolExecutor(16) as pool:
        used = list(pool.map(lambda _number: holder.current().secret.reveal(), range(64)))
    assert len(used) == 64


@pytest.mark.parametrize(
    ("expires_at", "renew_at", "expected"),
    [
        (None, None, Freshness.FRESH),
        (None, NOW + 0.1, Freshness.FRESH),
        (None, NOW, Freshness.MANDATORY),
        (NOW + 1000, NOW, Freshness.MANDATORY),
        (NOW + 100, NOW + 50, Freshness.ADVISORY),
        (NOW + 10, NOW + 50, Freshness.MANDATORY),
    ],
)
def test_whichever_comes_first_counts(
    expires_at: float | None, renew_at: float | None, expected: Freshness
) -> None:
    """A chosen moment never lets a credential be used beyond its end."""
    assert freshness(expires_at, NOW, renew_at) is expected
