"""An authorization that waits for its answer, and what redeems the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from keyhole.errors import LoginFailedError, StoreError
from keyhole.frozen import frozen
from keyhole.oauth.answer import Answer
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import Grant
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret

__all__ = ["Pending"]

_SECRETS = ("state", "verifier")


@frozen
class Pending:
    """What must be known when the browser comes back; another process may redeem it.

    Attributes:
        state: What the answer must repeat (RFC 6749, section 10.12).
        verifier: The proof's secret (RFC 7636, section 4.1).
        issuer: The validated issuer; "" where endpoints were configured without one.
        iss_in_answer: Whether the server says `iss` in each answer (RFC 9207, section 3).
        redirect_uri: Where the browser is sent.
        client_id: Who asked.
        token_endpoint: Where the code is exchanged.
        resource: For which resource server (RFC 8707).
        scope: What was asked for.
        expires_at: The end of its life, in seconds since the epoch.
    """

    state: Secret
    verifier: Secret
    issuer: str
    iss_in_answer: bool
    redirect_uri: str
    client_id: str
    token_endpoint: str
    resource: str
    scope: str
    expires_at: float

    def redeem(self, answer: str, *, now: float) -> Secret:
        """The code in an answer, when it is one to this authorization.

        Args:
            answer: The URL to which the browser was redirected; its query; or what a person
                copied: `code#state`.
            now: The clock, in seconds since the epoch.

        Raises:
            ForeignRedirectError: It has another state: it is of somebody else.
            OAuthError: It is from another issuer ("issuer_mismatch"), ambiguous, or says why the
                server refuses ("access_denied").
            LoginFailedError: It comes too late.
        """
        got = Answer.read(answer)
        got.check_state(self.state)
        if now >= self.expires_at:
            raise LoginFailedError("the answer to this login came too late", remedy="log in again")
        got.check_issuer(self.issuer, always=self.iss_in_answer)
        return got.code(where=self.issuer or self.token_endpoint)

    def exchange(self, code: Secret, client: Client, now: Callable[[], float]) -> Flow[Grant]:
        """Exchanges the code for tokens (RFC 6749, section 4.1.3).

        Args:
            code: What `redeem` gave.
            client: Who asked, with what proves it.
            now: The clock, in seconds since the epoch.

        Raises:
            InvalidGrantError: The code is not valid, or no longer.
            NetworkError: The server can't be reached, or is of no use now.
            OAuthError: The server refuses for another reason.
        """
        extra = {"resource": self.resource} if self.resource else {}
        endpoint = TokenEndpoint(self.token_endpoint, client, now, extra)
        return endpoint.code(code, self.verifier, self.redirect_uri)

    def fields(self) -> dict[str, Any]:
        """It as JSON can hold it, for a store's record; it holds secrets."""
        fields = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        return fields | {name: fields[name].reveal() for name in _SECRETS}

    @classmethod
    def parse(cls, fields: Mapping[str, Any], *, where: str) -> Pending:
        """What `fields` gave, read back; names that it doesn't know are passed over.

        Args:
            fields: What a store kept.
            where: Where it was kept, for the error.

        Raises:
            StoreError: It is not whole; nothing of it shows.
        """
        names = {field.name: _KINDS[str(field.type)] for field in attrs.fields(cls)}
        if not all(isinstance(fields.get(name), kind) for name, kind in names.items()):
            raise StoreError(
                "what is kept here is no pending login", where=where, remedy="log in again"
            )
        known = {name: fields[name] for name in names}
        return cls(**known | {name: Secret(known[name]) for name in _SECRETS})


_KINDS: Mapping[str, Any] = {"Secret": str, "str": str, "bool": bool, "float": int | float}
