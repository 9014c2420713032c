"""One request to the callback listener: read by hand, because anything may knock there."""

from __future__ import annotations

from http.client import HTTPException, parse_headers
from io import BytesIO

from keyhole.frozen import field, frozen

__all__ = ["LIMIT", "Visit", "is_whole"]

LIMIT = 32 * 1024
"""The largest request that is read, in bytes; a code and a state are a few hundred."""

_END = b"\r\n\r\n"
_PARTS = 3


def is_whole(received: bytes) -> bool:
    """Whether a request has come to its end; a GET has no body."""
    return _END in received


@frozen
class Visit:
    """What a browser, or somebody else, asks for.

    Attributes:
        method: "GET".
        target: The path and query; it may hold a code.
        headers: Each header's values by its lower-case name.
    """

    method: str
    target: str = field(repr=False)
    headers: dict[str, list[str]] = field(repr=False)

    @classmethod
    def parse(cls, received: bytes) -> Visit | None:
        """The request; None where it is not HTTP."""
        line, _, rest = received.partition(b"\r\n")
        parts = line.decode("latin-1").split(" ")
        if len(parts) != _PARTS or not parts[2].startswith("HTTP/1."):
            return None
        try:
            parsed = parse_headers(BytesIO(rest))
        except HTTPException:
            return None
        headers: dict[str, list[str]] = {}
        for name, value in parsed.items():
            headers.setdefault(name.lower(), []).append(value.strip())
        return cls(parts[0], parts[1], headers)

    @property
    def path(self) -> str:
        """The target without its query, as it was sent."""
        return self.target.partition("?")[0]

    def is_for(self, authority: str) -> bool:
        """Whether its Host is exactly ours: a name that was bound anew to 127.0.0.1 is another."""
        return [host.lower() for host in self.headers.get("host", [])] == [authority]

    def is_navigation(self) -> bool:
        """Whether a person's browser goes to a page, as far as it tells (Fetch Metadata).

        A redirect comes from another site by nature; what never is one is a script, an image, a
        frame, or a page that is fetched in advance. "null" is the origin after a redirect.
        """
        expected = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "origin": "null"}
        told = all(
            value == wanted
            for name, wanted in expected.items()
            for value in self.headers.get(name, [])
        )
        return told and "sec-purpose" not in self.headers and "purpose" not in self.headers
