"""Connections that go to the addresses that were checked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from keyhole.errors import NetworkError
from keyhole.exchange import exchange
from keyhole.message import Request
from keyhole.pinned import addresses_of


def test_the_connection_goes_to_the_pinned_address(recorder: Any) -> None:
    """A name that has no address at all is reached at the pinned one, under its own name."""
    port = urlsplit(recorder.url).port
    pinned = ("127.0.0.1",)
    request = Request(f"http://nobody.invalid:{port}/a", addresses=pinned, timeout=10)
    assert exchange(request).status == 200
    assert recorder.seen[0].all("host") == [f"nobody.invalid:{port}"]


def test_no_proxy_gets_a_pinned_request(recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the addresses are known, a proxy of the environment is passed by."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert exchange(Request(recorder.url, addresses=("127.0.0.1",), timeout=10)).status == 200


def test_behind_a_proxy_there_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy looks names up itself, and what has no address is an error."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert addresses_of("https://nobody.invalid/") == ()
    assert addresses_of("https://127.0.0.1/") == ("127.0.0.1",)
    with pytest.raises(NetworkError, match="no address"):
        addresses_of(f"http://{'x' * 64}.invalid/")  # No resolver is asked: no name is that long.
