"""The authorization request: what a person is asked to agree to, in a browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from keyhole.errors import OAuthError
from keyhole.frozen import field, frozen
from keyhole.oauth.client import Client
from keyhole.oauth.pending import Pending
from keyhole.oauth.pkce import METHOD, Proof
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.url import secure
from keyhole.secret import Secret

__all__ = ["Authorization", "Begun", "Pending"]

LIFETIME = 600.0
"""For how many seconds an authorization may be redeemed after it was begun."""


@frozen
class Begun:
    """An authorization that waits for a person.

    Attributes:
        url: What the person opens.
        pending: What redeems the answer.
    """

    url: str = field(repr=False)
    pending: Pending


@frozen
class Authorization:
    """What is to be authorized (RFC 6749, section 4.1.1).

    Attributes:
        server: By whom.
        client: For whom.
        scope: What, separated by spaces; "" for what the server gives by itself.
        resource: For which resource server (RFC 8707, section 2).
        prompt: How the person is asked: "consent", "login", "select_account" (OpenID Connect
            Core 1.0, section 3.1.2.1).
        login_hint: Who is expected (the same).
        extra: Further parameters, such as `audience`; none of the above.
        assume_s256: Goes on where the server does not say that it checks S256; only what a user
            has configured for exactly this server belongs here.
    """

    server: ServerMetadata
    client: Client
    scope: str = ""
    resource: str = ""
    prompt: str = ""
    login_hint: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(factory=dict, repr=False)
    assume_s256: bool = False

    def begin(self, redirect_uri: str, *, now: float, lifetime: float = LIFETIME) -> Begun:
        """Begins it: a new state and a new proof each time.

        Args:
            redirect_uri: Where the browser is sent with the answer.
            now: The clock, in seconds since the epoch.
            lifetime: For how many seconds the answer may be redeemed.

        Raises:
            OAuthError: The server offers no authorization, or not with S256 ("no_s256").
        """
        endpoint, proof = self._endpoint(), Proof.new()
        pending = Pending(
            state=Secret(secrets.token_urlsafe(32)),
            verifier=proof.verifier,
            issuer=self.server.issuer,
            iss_in_answer=self.server.iss_in_answer,
            redirect_uri=redirect_uri,
            client_id=self.client.id,
            token_endpoint=self.server.token_endpoint,
            resource=self.resource,
            scope=self.scope,
            expires_at=now + lifetime,
        )
        return Begun(_with_query(endpoint, self._asked(pending, proof)), pending)

    def _asked(self, pending: Pending, proof: Proof) -> dict[str, str]:
        asked = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": pending.redirect_uri,
            "scope": self.scope,
            "state": pending.state.reveal(),
            "code_challenge": proof.challenge,
            "code_challenge_method": METHOD,
            "resource": self.resource,
            "prompt": self.prompt,
            "login_hint": self.login_hint,
        }
        return {**self.extra, **{name: value for name, value in asked.items() if value}}

    def _endpoint(self) -> str:
        """Where the browser begins, once it is certain that PKCE protects (RFC 9700, 2.1.1)."""
        where = self.server.where or self.server.issuer or self.server.token_endpoint
        methods = self.server.code_challenge_methods_supported
        if METHOD not in (methods or ()) and not self.assume_s256:
            raise OAuthError(
                "the server does not say that it checks PKCE with S256",
                where=where,
                remedy="ask whoever runs it to publish code_challenge_methods_supported",
                code="no_s256",
            )
        return secure(self.server.authorization_endpoint, "authorization_endpoint", where=where)


def _with_query(endpoint: str, asked: Mapping[str, str]) -> str:
    """The endpoint with its own query kept (RFC 6749, section 3.1), and nothing said twice."""
    parts = urlsplit(endpoint)
    own = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in asked]
    return parts._replace(query=urlencode([*own, *asked.items()])).geturl()
