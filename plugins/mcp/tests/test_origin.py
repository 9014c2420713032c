"""What is the same origin, and what only looks like it."""

from __future__ import annotations

import pytest

from keyhole_mcp.origin import origin_of

OWN = "https://mcp.acme.example"


@pytest.mark.parametrize("url", ["https://mcp.acme.example/other", "https://MCP.acme.example:443/"])
def test_one_origin_is_written_in_several_ways(url: str) -> None:
    """Any path of one scheme, host and port; case and the scheme's own port do not matter."""
    assert origin_of(url) == OWN


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.acme.example/token",
        "http://mcp.acme.example/mcp",
        "https://mcp.acme.example:8443/mcp",
        "https://mcp.acme.example.evil.example/mcp",
        "https://[::1]/mcp",
    ],
)
def test_another_origin_is_another(url: str) -> None:
    """Neither the authorization server nor anything that looks alike."""
    assert origin_of(url) not in {OWN, ""}


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://mcp.acme.example/", "https:///mcp", "https://mcp.acme.example:x/"]
)
def test_what_has_no_origin(url: str) -> None:
    """What is no URL of the web is at no origin, and no such thing is equal to another."""
    assert not origin_of(url)
