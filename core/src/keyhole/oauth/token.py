"""The token endpoint: a code, a refresh token or the client itself, for an access token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from keyhole.errors import LoginRequiredError
from keyhole.frozen import field, frozen
from keyhole.host import Host
from keyhole.message import Request
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow, perform
from keyhole.oauth.grant import Grant, granted
from keyhole.oauth.url import secure
from keyhole.record import TokenRecord
from keyhole.renewal import Renewed
from keyhole.secret import Secret

__all__ = ["TokenEndpoint", "refresher"]

TIMEOUT = 15.0
"""Seconds for one answer of a token endpoint."""

LIMIT = 256 * 1024
"""The largest answer that is read, in bytes."""


@frozen
class TokenEndpoint:
    """Where a client gets its tokens.

    Attributes:
        url: The endpoint (RFC 6749, section 3.2).
        client: Who asks.
        now: The clock, in seconds since the epoch.
        extra: Fields that every request carries, such as `resource` (RFC 8707).
    """

    url: str
    client: Client
    now: Callable[[], float] = field(repr=False)
    extra: Mapping[str, str] = field(factory=dict)

    def code(self, code: Secret, verifier: Secret, redirect_uri: str) -> Flow[Grant]:
        """Exchanges an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).

        Raises:
            InvalidGrantError: The code is not valid, or no longer.
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: The server refuses for another reason.
        """
        return self.ask(
            grant_type="authorization_code",
            code=code.reveal(),
            redirect_uri=redirect_uri,
            code_verifier=verifier.reveal(),
        )

    def refresh(self, refresh_token: Secret, scope: str = "") -> Flow[Grant]:
        """Exchanges a refresh token (RFC 6749, section 6).

        Raises:
            InvalidGrantError: The refresh token is not valid, or no longer.
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: The server refuses for another reason.
        """
        fields = {"scope": scope} if scope else {}
        return self.ask(grant_type="refresh_token", refresh_token=refresh_token.reveal(), **fields)

    def client_credentials(self, scope: str = "") -> Flow[Grant]:
        """A token for the client itself (RFC 6749, section 4.4).

        Raises:
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: The server refuses.
        """
        fields = {"scope": scope} if scope else {}
        return self.ask(grant_type="client_credentials", **fields)

    def ask(self, **fields: str) -> Flow[Grant]:
        """One request with any grant type.

        Raises:
            InvalidGrantError: The grant is not valid, or no longer.
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: The server refuses for another reason.
        """
        asked_at = self.now()
        response = yield self.request(**fields)
        return granted(response, where=self.url, asked_at=asked_at, now=self.now())

    def request(self, **fields: str) -> Request:
        """The request itself, for whoever judges the answer.

        Raises:
            OAuthError: The client has no secret to prove who it is; or the endpoint is none that a
                secret may go to.
        """
        secure(self.url, "token_endpoint", where=self.url)
        body = urlencode({**fields, **self.extra, **self.client.fields()})
        return Request(
            self.url,
            "POST",
            {
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
                **self.client.headers(),
            },
            body.encode(),
            timeout=TIMEOUT,
            limit=LIMIT,
        )


def refresher(endpoint: TokenEndpoint, host: Host) -> Callable[[TokenRecord], Renewed]:
    """What a `Renewal` needs: how the next token is got with a refresh token."""

    def refresh(record: TokenRecord) -> Renewed:
        if record.refresh_token is None:
            raise LoginRequiredError(
                "the token has ended, and the server gave nothing to renew it with",
                where=endpoint.url,
                remedy="log in again",
            )
        return perform(endpoint.refresh(record.refresh_token), host).onto(record)

    return refresh
