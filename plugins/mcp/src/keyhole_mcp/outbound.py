"""One policy for every request that signing in to an MCP server sends.

Metadata, registration, authorization and token endpoints are URLs that a server chose. So: https,
but for loopback; no address that is more inward than the MCP server's own; the connection goes to
the address that was checked; each redirect is checked, too; and size, time and count are bounded
(MCP security best practices, "Server-Side Request Forgery").
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import final
from urllib.parse import SplitResult, urljoin, urlsplit

from keyhole.errors import KeyholeError, NetworkError
from keyhole.frozen import evolve
from keyhole.host import Host
from keyhole.message import Request, Response
from keyhole.redaction import printable, redact
from keyhole_mcp.address import Zone, zone_of
from keyhole_mcp.origin import origin_of
from keyhole_mcp.server import Server

__all__ = ["Outbound", "OutboundError", "outbound_for"]

_HOPS = 3
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOOPBACK_BY_CUSTOM = frozenset(
    {
        "localhost.localdomain",
        "localhost6",
        "localhost6.localdomain6",
        "ip6-localhost",
        "ip6-loopback",
    }
)
"""What `/etc/hosts` of common systems calls loopback, beside `localhost`."""
_REDIRECTS = (301, 302, 303, 307, 308)
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_PLAIN = frozenset({"accept", "mcp-protocol-version", "user-agent"})


class OutboundError(KeyholeError):
    """A request was not sent, because its URL is not one that this server may name."""


@final
class Outbound:
    """Sends what is allowed, for one sign-in to one MCP server.

    Args:
        host: What sends.
        server: The MCP server's URL; a user configured it.
        private_network: Whether other hosts may have private addresses, as the exception says.
        requests: How many requests there may be.
        seconds: How long all of them may take.
    """

    def __init__(
        self,
        host: Host,
        server: str,
        *,
        private_network: bool = False,
        requests: int = 40,
        seconds: float = 120.0,
    ) -> None:
        self._host = host
        self._name = _host_of(urlsplit(server))
        self._private = private_network
        self._left = requests
        self._until = host.now() + seconds
        self._addresses: dict[str, tuple[str, ...]] = {}

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self._host.wait(seconds)

    def check_page(self, url: str) -> None:
        """Whether a browser may be sent to a URL; it looks the name up itself.

        Raises:
            OutboundError: It may not.
        """
        self._check(url)
        # The browser may be on another machine, which knows a name that this one does not.
        with suppress(NetworkError):
            self._checked_addresses(url)

    def _check(self, url: str) -> None:
        """Whether a URL's form is allowed.

        Raises:
            OutboundError: It is not.
        """
        parts = _parts(url)
        if parts.scheme == "http" and not (_is_loopback(parts) and self._on_loopback):
            raise _refused(url, "http is for a server on this machine alone; https is needed")

    def send(self, request: Request) -> Response:
        """One exchange; a GET without credentials is redirected, and each hop is checked.

        Raises:
            OutboundError: The URL, or one that it leads to, is not allowed.
            NetworkError: There was no answer, or too large a one.
        """
        for _ in range(_HOPS + 1):
            response = self._once(request)
            following = _redirected(request, response)
            if following is None:
                return response
            request = following
        raise _refused(request.url, f"it is redirected more than {_HOPS} times")

    def _once(self, request: Request) -> Response:
        self._check(request.url)
        self._count(request.url)
        pinned = evolve(
            request, limit=request.limit + 1, addresses=self._checked_addresses(request.url)
        )
        response = self._host.send(pinned)
        if len(response.body) > request.limit:
            raise NetworkError(
                f"the answer is larger than {request.limit} bytes", where=origin_of(request.url)
            )
        return response

    def _count(self, url: str) -> None:
        self._left -= 1
        if self._left < 0 or self._host.now() > self._until:
            raise _refused(url, "there were too many requests, or they took too long")

    @property
    def _on_loopback(self) -> bool:
        return _names_loopback(self._name)

    def _checked_addresses(self, url: str) -> tuple[str, ...]:
        """The addresses of a URL's host, looked up once; empty where a proxy looks them up."""
        name = _host_of(_parts(url))
        if name not in self._addresses:
            found = self._host.resolve(url)
            # A proxy would connect to what a name says by itself just the same.
            for zone in map(zone_of, found) if found else _zones_said(name):
                self._check_zone(url, name, zone)
            self._addresses[name] = found
        return self._addresses[name]

    def _check_zone(self, url: str, name: str, zone: Zone) -> None:
        if zone is Zone.PUBLIC:
            return
        if zone is Zone.LOOPBACK and self._on_loopback and _names_loopback(name):
            return
        if zone is Zone.PRIVATE and (name == self._name or self._private or self._on_loopback):
            return
        raise _refused(url, f"its address is {zone.value}, and the MCP server's is not")


def outbound_for(server: Server, host: Host) -> Outbound:
    """The policy for one sign-in to a server, with what is configured for it."""
    return Outbound(host, server.url, private_network=server.exceptions.private_network)


def _parts(url: str) -> SplitResult:
    """A URL in its parts.

    Raises:
        OutboundError: It is no http or https URL, or carries a password.
    """
    try:
        parts = urlsplit(url)
        sound = bool(origin_of(url)) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused(url, "it is no http or https URL")
    if parts.username is not None or parts.password is not None:
        raise _refused(url, "it carries a user name or a password")
    return parts


def _redirected(request: Request, response: Response) -> Request | None:
    """The next request; None where the answer is one."""
    target = response.headers.get("location")
    if response.status not in _REDIRECTS or not target or request.method != "GET":
        return None
    url = urljoin(request.url, target)
    names = {name.lower() for name in request.headers}
    if origin_of(url) != origin_of(request.url) and names - _PLAIN:
        return None
    if names & _CREDENTIALS and urlsplit(url).scheme != "https":
        return None
    return evolve(request, url=url)


def _host_of(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _is_loopback(parts: SplitResult) -> bool:
    return _names_loopback(_host_of(parts))


def _names_loopback(name: str) -> bool:
    """Whether a name says itself that it is this machine, so that no DNS can make it so."""
    local = name == "localhost" or name.endswith(".localhost")
    return local or zone_of(name) is Zone.LOOPBACK


def _zones_said(name: str) -> tuple[Zone, ...]:
    """The zone that a host says itself; empty where it is a name that has to be looked up."""
    if _names_loopback(name) or name in _LOOPBACK_BY_CUSTOM:
        return (Zone.LOOPBACK,)
    # Whatever ends in a number is an address (URL Standard, "ends in a number"): 127.1, 0x7f.0.0.1.
    is_address = ":" in name or _NUMBER.fullmatch(name.rpartition(".")[2])
    return (zone_of(name),) if is_address else ()


def _refused(url: str, why: str) -> OutboundError:
    return OutboundError(
        f"the request was not sent: {why}",
        where=printable(redact(url.partition("?")[0]))[:200],
        remedy="ask who runs the server; docs/reference/mcp.md has the exceptions",
    )
