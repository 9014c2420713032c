"""Tokens that are bound to a key: DPoP (RFC 9449), `io.modelcontextprotocol/auth/dpop`.

Whoever steals a bound token can do nothing with it: each request carries a proof that its sender
has the key. The key lies in the token's record, so that a refresh token outlives the process.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import urlsplit, urlunsplit

import attrs

from keyhole.errors import NetworkError, OAuthError
from keyhole.frozen import evolve
from keyhole.message import Request
from keyhole.oauth.flow import Flow, Pause
from keyhole.oauth.grant import Grant
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret

__all__ = [
    "ALGORITHM",
    "DPOP",
    "UNBOUND",
    "WANTS_NONCE",
    "Prover",
    "bound",
    "bound_by",
    "new_key",
    "request_fields",
    "resource_headers",
]

DPOP = "DPoP"
"""The tokens' type, and the scheme that sends them (section 7.1)."""

ALGORITHM = "ES256"
"""What keyhole's own keys sign with."""

WANTS_NONCE = "use_dpop_nonce"
"""The error of a server that wants a proof with its nonce in it (sections 8 and 9)."""

UNBOUND = "unbound_token"
"""The error for a token that was granted and is not bound: what was spent for it is spent."""

_LONGEST_NONCE = 1024


@attrs.define(eq=False)
class Prover:
    """Proves to one server that its requests come from whoever has the key.

    Attributes:
        key: The key.
        now: The clock, in seconds since the epoch.
        nonce: What that server gave last; empty where it gave nothing.
    """

    key: SigningKey
    now: Callable[[], float] = attrs.field(repr=False)
    nonce: str = attrs.field(default="", repr=False)

    def proof(self, method: str, url: str, token: Secret | None = None) -> str:
        """A proof for one request (section 4.2): no two have the same `jti`.

        Args:
            method: The request's method.
            url: Its URL; query and fragment are no part of a proof.
            token: The access token that goes with it; None at a token endpoint.
        """
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": _without_query(url),
            "iat": int(self.now()),
        }
        if token is not None:
            claims["ath"] = _digest(token)
        if self.nonce:
            claims["nonce"] = self.nonce
        header = {"typ": "dpop+jwt", "jwk": dict(self.key.public)}
        return self.key.sign(claims, header=header).reveal()

    def heard(self, headers: Mapping[str, str]) -> bool:
        """Takes the nonce out of an answer, also out of a good one (section 8.2).

        Args:
            headers: The answer's headers, by lower-case names.

        Returns:
            Whether there is one that was not there before.
        """
        nonce = headers.get("dpop-nonce", "")
        if nonce == self.nonce or not _is_nonce(nonce):
            return False
        self.nonce = nonce
        return True


def bound(flow: Callable[[], Flow[Grant]], prover: Prover) -> Flow[Grant]:
    """A flow whose token is bound to a key: each of its requests carries a proof.

    It wraps any other flow to a token endpoint: `bound(lambda: endpoint.code(...), prover)`. Where
    the server wants its nonce in the proof, the flow is begun once more, so that a client's own
    assertion is a new one, too.

    Args:
        flow: Begins the flow.
        prover: Who proves, to this server alone.

    Raises:
        InvalidGrantError: The grant is not valid, or no longer.
        NetworkError: The server can't be reached, or is of no use now.
        OAuthError: The server refuses, or its token is not bound ("unbound_token").
    """
    before = prover.nonce
    try:
        grant = yield from _proven(flow(), prover)
    except OAuthError as error:
        if error.code != WANTS_NONCE or prover.nonce == before:
            raise
        grant = yield from _proven(flow(), prover)
    if grant.token_type.lower() != DPOP.lower():
        raise OAuthError(
            "the authorization server was asked for a token that is bound to a key, and gave one "
            "that anybody can use",
            remedy="ask whoever runs it whether it knows DPoP (RFC 9449)",
            code=UNBOUND,
        )
    return evolve(grant, token_type=DPOP)


def bound_by(
    key: SigningKey | None, flow: Callable[[], Flow[Grant]], now: Callable[[], float]
) -> Flow[Grant]:
    """The flow, bound to a key where there is one.

    Called wherever tokens are asked for: with a code, a refresh token, or any other grant.

    Args:
        key: The login's key; None for a login whose tokens are bound to none.
        flow: Begins the flow.
        now: The clock, in seconds since the epoch.
    """
    return flow() if key is None else bound(flow, Prover(key, now))


def new_key(server: ServerMetadata) -> SigningKey:
    """A key for a new login.

    Args:
        server: The authorization server that will bind the tokens to it.

    Raises:
        OAuthError: It says which algorithms it takes, and ours is none of them.
    """
    offered = server.extra.get("dpop_signing_alg_values_supported")
    if offered is not None and not (isinstance(offered, list) and ALGORITHM in offered):
        raise OAuthError(
            f"tokens must be bound to a key, and the authorization server takes no {ALGORITHM}",
            where=server.where or server.issuer,
            remedy="ask whoever runs it (RFC 9449, section 5.1)",
            code="no_dpop",
        )
    return SigningKey.new()


def request_fields(key: SigningKey | None) -> Mapping[str, str]:
    """What an authorization request says of the key: its code is of use to nobody else.

    RFC 9449, section 10.
    """
    return {} if key is None else {"dpop_jkt": key.thumbprint}


def resource_headers(prover: Prover, method: str, url: str, token: Secret) -> Mapping[str, str]:
    """The headers of one request to the MCP server, by lower-case names (section 7.1).

    Args:
        prover: Who proves, to this server alone.
        method: The request's method.
        url: Its URL.
        token: The bound token.
    """
    return {
        "authorization": f"{DPOP} {token.reveal()}",
        "dpop": prover.proof(method, url, token),
    }


def _proven(flow: Flow[Grant], prover: Prover) -> Flow[Grant]:
    """The flow with a proof in each of its requests, and an ear for the server's nonce."""
    try:
        step = next(flow)
        while True:
            try:
                answer = yield _with_proof(step, prover)
            except NetworkError as error:
                step = flow.throw(error)
            else:
                prover.heard(answer.headers)
                step = flow.send(answer)
    except StopIteration as end:
        grant: Grant = end.value
        return grant


def _with_proof(step: Request | Pause, prover: Prover) -> Request | Pause:
    if isinstance(step, Pause):
        return step
    proof = prover.proof(step.method, step.url)
    return evolve(step, headers={**step.headers, "dpop": proof})


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))


def _digest(token: Secret) -> str:
    """BASE64URL(SHA256(token)): `ath` (section 4.2)."""
    digest = sha256(token.reveal().encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _is_nonce(text: str) -> bool:
    """Whether a text is a nonce (section 8.1), and not a burden for each request."""
    return 0 < len(text) <= _LONGEST_NONCE and text.isascii() and text.isprintable()
