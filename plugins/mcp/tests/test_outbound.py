"""The outbound policy: what a server may make keyhole ask."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.errors import NetworkError
from keyhole.message import Request, Response
from keyhole.testing import FakeHost
from keyhole_mcp.address import Zone, zone_of
from keyhole_mcp.outbound import Outbound, OutboundError

SERVER = "https://mcp.acme.example/mcp"
LOCAL = "http://127.0.0.1:8000/mcp"
ELSEWHERE = "https://auth.acme.example/token"


def _outbound(host: FakeHost, server: str = SERVER, *answers: Response) -> Outbound:
    host.responses += answers or [Response(200)]
    return Outbound(host, server)


def _not_sent(host: FakeHost, url: str, server: str = SERVER) -> str:
    with pytest.raises(OutboundError) as caught:
        _outbound(host, server).send(Request(url))
    assert not host.requests
    return caught.value.problem


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.acme.example/",
        "http://localhost/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://auth.acme.example/",
        "https://user:fake-password@auth.acme.example/",
        "https:///nothing",
        "https://auth.acme.example:99999/",
        "https://auth.acme.example/\r\nx: y",
        "https://auth.acme.example\\@evil.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://localhost/",
    ],
)
def test_a_public_server_names_no_inner_place(url: str) -> None:
    """What is no https URL, or has an inner address, is not asked, and no password shows."""
    assert "fake-password" not in _not_sent(FakeHost(), url)


@given(st.ip_addresses())
def test_only_public_addresses_are_connected_to(address: IPv4Address | IPv6Address) -> None:
    """Behind any name, an address is asked only if it is public, and the connection is pinned."""
    host = FakeHost()
    host.addresses["auth.acme.example"] = (str(address),)
    try:
        _outbound(host).send(Request(ELSEWHERE))
    except OutboundError:
        assert zone_of(str(address)) is not Zone.PUBLIC
    else:
        assert address.is_global or address in IPv6Network("64:ff9b::/96")
        assert host.requests[0].addresses == (str(address),)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_never_connected_to(address: IPv4Address | IPv6Address) -> None:
    """An IPv4 address in the clothes of an IPv6 one is nowhere."""
    assert zone_of(f"::ffff:{address}") is Zone.NOWHERE
    assert zone_of(str(ip_address(f"::ffff:{address}"))) is Zone.NOWHERE


def test_one_inner_address_among_public_ones_is_enough() -> None:
    """A name with a public and a private address is refused."""
    host = FakeHost()
    host.addresses["auth.acme.example"] = ("93.184.215.14", "10.0.0.1")
    assert "private" in _not_sent(host, ELSEWHERE)


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "intranet.example"])
def test_a_public_server_sends_no_browser_inward(host: str) -> None:
    """A browser is not sent to an inner address, whether it is written out or behind a name."""
    fake = FakeHost()
    fake.addresses |= {"10.0.0.1": ("10.0.0.1",), "169.254.169.254": (), "::1": ("::1",)}
    fake.addresses["intranet.example"] = ("192.168.0.1",)
    with pytest.raises(OutboundError, match="its address is"):
        Outbound(fake, SERVER).check_page(f"https://{host}/authorize")
    assert not fake.requests


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "db.localhost",
        "ip6-loopback",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0X7F.0.0.1",
        "0x7f.1",
        "127.0.0.0x1",
        "0177.0.0.1",
        "[::1]",
    ],
)
def test_what_says_itself_that_it_is_inside_is_not_left_to_a_proxy(host: str) -> None:
    """Where a proxy looks names up, a public server still names no loopback in any spelling."""
    fake = FakeHost()
    fake.resolve = _left_to_the_proxy  # type: ignore[method-assign]
    assert "its address is" in _not_sent(fake, f"https://{host}/")


@pytest.mark.parametrize("host", ["auth.acme.example", "0x7f.example", "127.0.0.1.example"])
def test_a_proxy_looks_up_what_is_a_name(host: str) -> None:
    """A name whose end is no number is no address, whatever it begins with."""
    fake = FakeHost()
    fake.resolve = _left_to_the_proxy  # type: ignore[method-assign]
    _outbound(fake).send(Request(f"https://{host}/"))
    assert len(fake.requests) == 1


def _left_to_the_proxy(url: str) -> tuple[str, ...]:  # noqa: ARG001  # as a host has it
    return ()


def test_a_browser_may_know_names_that_this_machine_does_not() -> None:
    """A page whose name has no address here is left to the browser; its form is checked."""
    fake = FakeHost()
    fake.resolve = _nowhere  # type: ignore[method-assign]
    Outbound(fake, SERVER).check_page("https://login.acme.example/authorize")
    with pytest.raises(OutboundError, match="https is needed"):
        Outbound(fake, SERVER).check_page("http://login.acme.example/authorize")


def _nowhere(url: str) -> tuple[str, ...]:
    raise NetworkError("the name has no address", where=url)


def test_a_name_is_looked_up_once() -> None:
    """A name that has another address a moment later still goes to the one that was checked."""
    host = FakeHost()
    outbound = _outbound(host, SERVER, Response(200), Response(200))
    outbound.send(Request(ELSEWHERE))
    host.addresses["auth.acme.example"] = ("127.0.0.1",)
    outbound.send(Request(ELSEWHERE))
    assert {request.addresses for request in host.requests} == {("93.184.215.14",)}


def test_a_local_server_may_name_local_places() -> None:
    """For a server on this machine http on loopback is allowed; the link-local range is not."""
    host = FakeHost()
    _outbound(host, LOCAL).send(Request("http://localhost:9000/token"))
    assert host.requests[0].addresses == ("127.0.0.1",)
    assert "link-local" in _not_sent(FakeHost(), "https://169.254.169.254/", LOCAL)


def test_a_public_name_with_a_local_address_is_refused() -> None:
    """No DNS server makes a public name this machine, not even the MCP server's own."""
    host = FakeHost()
    host.addresses["mcp.acme.example"] = ("127.0.0.1",)
    assert "loopback" in _not_sent(host, SERVER)


def test_a_server_in_a_private_network_is_reached() -> None:
    """The server's own host may be private; another needs the exception."""
    host = FakeHost()
    host.addresses |= {"mcp.acme.example": ("10.0.0.1",), "auth.acme.example": ("10.0.0.2",)}
    _outbound(host).send(Request(SERVER))
    with pytest.raises(OutboundError):
        _outbound(host).send(Request(ELSEWHERE))
    Outbound(host, SERVER, private_network=True).send(Request(ELSEWHERE))
    assert len(host.requests) == 2


def test_each_redirect_is_checked() -> None:
    """A redirect to a public place is followed; one to an inner place is refused."""
    hop = Response(302, {"location": "https://two.acme.example/"})
    host = FakeHost()
    assert _outbound(host, SERVER, hop, Response(200)).send(Request(ELSEWHERE)).status == 200
    inner = Response(302, {"location": "http://169.254.169.254/"})
    with pytest.raises(OutboundError):
        _outbound(FakeHost(), SERVER, inner).send(Request(ELSEWHERE))


def test_a_loop_of_redirects_ends() -> None:
    """After three redirects it ends."""
    host = FakeHost()
    loop = [Response(302, {"location": ELSEWHERE})] * 9
    with pytest.raises(OutboundError, match="redirected"):
        _outbound(host, SERVER, *loop).send(Request(ELSEWHERE))
    assert len(host.requests) == 4


@pytest.mark.parametrize(
    ("method", "headers"),
    [("POST", {}), ("GET", {"Authorization": "Bearer fake"}), ("GET", {"X-Api-Key": "fake"})],
)
def test_what_may_carry_a_secret_is_not_redirected(method: str, headers: dict[str, str]) -> None:
    """A POST, and a GET with headers of its own, goes to no other origin."""
    host = FakeHost()
    away = Response(307, {"location": "https://evil.example/"})
    assert _outbound(host, SERVER, away).send(Request(ELSEWHERE, method, headers)).status == 307
    assert len(host.requests) == 1


def test_size_count_and_time_are_bounded() -> None:
    """Too large an answer, too many requests and too long a sign-in are errors."""
    host = FakeHost()
    with pytest.raises(NetworkError, match="larger"):
        _outbound(host, SERVER, Response(200, body=b"n" * 11)).send(Request(ELSEWHERE, limit=10))
    host.responses = [Response(200)] * 9
    few = Outbound(host, SERVER, requests=1)
    few.send(Request(ELSEWHERE))
    with pytest.raises(OutboundError, match="too many"):
        few.send(Request(ELSEWHERE))
    slow = Outbound(host, SERVER, seconds=1)
    host.wait(2)
    with pytest.raises(OutboundError, match="too long"):
        slow.send(Request(ELSEWHERE))
