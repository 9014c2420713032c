"""An HTTP request and its response, as far as credentials need to know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from keyhole.frozen import field, frozen

__all__ = ["Outgoing", "Request", "Response"]


class Outgoing(Protocol):
    """A request that is about to be sent, as httpx2 and httpx have it.

    Attributes:
        method: "POST".
        url: The whole URL; `str()` gives it as text.
        headers: The headers so far.
        content: The whole body; reading it raises RuntimeError where it is a stream.
    """

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> object: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> bytes: ...


@frozen
class Request:
    """A request that the host sends itself; it follows no redirect.

    Attributes:
        url: An http or https URL.
        method: "GET".
        headers: The headers; they may hold a secret.
        body: The body; it may hold a secret.
        timeout: Seconds for the whole exchange.
        limit: The largest body that is read, in bytes.
        addresses: The only IP addresses that the connection may go to, tried in this order; empty
            takes those of the URL's host, or the proxy of the environment.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = 10.0
    limit: int = 1024 * 1024
    addresses: tuple[str, ...] = ()


@frozen
class Response:
    """What a server answered.

    Attributes:
        status: The status code.
        headers: The headers, by lower-case names.
        body: The body, up to the request's limit.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
