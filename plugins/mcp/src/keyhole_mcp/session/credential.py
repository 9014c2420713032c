"""A login's token as a credential: sent as it is, or with a proof for each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol

from keyhole.credential import BEARER, Credential, HeaderCredential, Kind
from keyhole.errors import LoginRequiredError, RefusedError
from keyhole.frozen import field, frozen
from keyhole.message import Outgoing
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole_mcp.extensions.dpop import WANTS_NONCE, Prover, resource_headers
from keyhole_mcp.flow.challenge import challenge_in
from keyhole_mcp.origin import origin_of
from keyhole_mcp.session.login import Login

__all__ = ["Bearer", "Bound", "McpCredential", "credential_of"]

_UNAUTHORIZED = 401
_BOUND = Kind("dpop", ("authorization", "dpop"))


class McpCredential(Credential, Protocol):
    """A credential that hears what a server answers."""

    def heard(self, response: Any) -> bool:
        """Takes note of an answer to a request that it authenticated.

        Args:
            response: An answer, as httpx2 and httpx have it.

        Returns:
            Whether the request is to be sent again, with what the answer gave.
        """


class Bearer(HeaderCredential):
    """A token that whoever has it can use (RFC 6750)."""

    def heard(self, response: Any) -> bool:  # noqa: ARG002  # there is nothing to learn
        return False


@frozen
class Bound:
    """A token that is bound to a key (RFC 9449).

    Attributes:
        secret: The token.
        endpoint: The MCP server's URL.
        prover: Who has the key.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
    """

    secret: Secret
    endpoint: str
    prover: Prover = field(repr=False)
    expires_at: float | None = None
    renew_at: float | None = None
    kind: Kind = _BOUND

    def headers(self) -> NoReturn:
        raise RefusedError(
            "this token is bound to a key: each request needs a proof of its own, and no fixed "
            "header can be that",
            where=self.endpoint,
            remedy="use `keyhole_mcp.auth(url)`, which signs each request",
        )

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:
        return resource_headers(self.prover, request.method, str(request.url), self.secret)

    def refused(self, status: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG002  # as it is
        return status == _UNAUTHORIZED

    def heard(self, response: Any) -> bool:
        """Takes the server's nonce (section 9); it may have come with any answer."""
        if origin_of(str(response.url)) != origin_of(self.endpoint):
            return False
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.prover.heard(headers)
        wanted = response.status_code == _UNAUTHORIZED and "dpop-nonce" in headers
        return wanted and challenge_in(headers).error == WANTS_NONCE

    def child_env(self) -> NoReturn:
        self.headers()

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> NoReturn:  # noqa: ARG002  # as it is
        self.headers()


def credential_of(
    record: TokenRecord,
    login: Login,
    url: str,
    *,
    skew: float,
    now: Callable[[], float],
) -> McpCredential:
    """The credential in a record.

    Args:
        record: The record.
        login: What stands beside the token.
        url: The MCP server's URL.
        skew: How many seconds the servers' clock is ahead of this machine's.
        now: This machine's clock, in seconds since the epoch.

    Raises:
        LoginRequiredError: The record has no token.
    """
    if record.access_token is None:
        raise LoginRequiredError("the kept record has no token", where=url)
    ends_at = None if record.expires_at is None else record.expires_at - skew
    if login.dpop is None:
        return Bearer(BEARER, record.access_token, url, ends_at)
    # A proof says when it was made, and is refused where that is not now.
    prover = Prover(login.dpop, lambda: now() + skew)
    return Bound(record.access_token, url, prover, ends_at)
