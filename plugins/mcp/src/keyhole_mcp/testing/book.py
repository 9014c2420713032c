"""What an authorization server remembers: clients, codes, tokens and their families."""

from __future__ import annotations

import secrets
import threading
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import final

import attrs

__all__ = ["Book", "Code", "Granted"]


@attrs.frozen
class Code:
    """An authorization code's conditions."""

    client_id: str
    redirect_uri: str
    challenge: str


@attrs.frozen
class Granted:
    """A pair of tokens.

    Attributes:
        family: All tokens of one login have the same.
        expires_in: Seconds, as the server says.
    """

    access_token: str
    refresh_token: str
    family: int
    expires_in: int


@final
class Book:
    """Rotates refresh tokens, and ends a login whose refresh token comes twice.

    So does every server that follows RFC 9700, section 4.14.2. An access token is accepted until
    `end_access_tokens`, whatever its stated lifetime: a slow machine is nobody's fault.

    Attributes:
        lifetime: The lifetime that access tokens are issued with, in seconds.
        reused: How many refresh tokens came that were used already.
        refreshed: How many refreshes succeeded.
    """

    def __init__(self) -> None:
        self.lifetime = 3600
        self.reused = 0
        self.refreshed = 0
        self._lock = threading.Lock()
        self._clients: dict[str, list[str]] = {}
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Granted] = {}
        self._refresh: dict[str, Granted] = {}
        self._used: dict[str, int] = {}
        self._families = 0

    def register(self, redirect_uris: list[str]) -> str:
        """A new client."""
        client_id = f"fake-client-{secrets.token_hex(4)}"
        self._clients[client_id] = redirect_uris
        return client_id

    def knows(self, client_id: str) -> bool:
        """Whether a client was registered here."""
        return client_id in self._clients

    def code_for(self, code: Code) -> str:
        """A new authorization code."""
        name = f"fake-code-{secrets.token_hex(8)}"
        self._codes[name] = code
        return name

    def redeem(self, name: str, verifier: str, client_id: str, redirect_uri: str) -> Granted | None:
        """The first tokens of a login; None where the code's conditions are not met."""
        with self._lock:
            code = self._codes.pop(name, None)
            if code is None or (code.client_id, code.redirect_uri) != (client_id, redirect_uri):
                return None
            if code.challenge and code.challenge not in (verifier, _s256(verifier)):
                return None
            self._families += 1
            return self._grant(self._families)

    def refresh(self, token: str) -> Granted | None:
        """The next tokens; None, and the whole login ends, where the token was used before."""
        with self._lock:
            held = self._refresh.pop(token, None)
            if held is not None:
                self._used[token] = held.family
                self.refreshed += 1
                return self._grant(held.family)
            if token in self._used:
                self.reused += 1
                self._end(self._used[token])
            return None

    def accepts(self, access_token: str) -> bool:
        """Whether an access token is good."""
        return access_token in self._access

    def issued_refresh_token(self, token: str) -> bool:
        """Whether a refresh token is one of this server's, used or not."""
        return token in self._refresh or token in self._used

    def end_access_tokens(self) -> None:
        """From here on no access token that was issued so far is good."""
        with self._lock:
            self._access.clear()

    def let_them_expire(self) -> None:
        """Waits until the stated lifetime of every access token is over, and ends them.

        Those issued afterwards last an hour.
        """
        time.sleep(self.lifetime + 0.5)
        self.end_access_tokens()
        self.lifetime = 3600

    def _grant(self, family: int) -> Granted:
        tail = secrets.token_hex(8)
        granted = Granted(
            f"fake-access-{tail}", f"fake-refresh-{tail}", family, expires_in=self.lifetime
        )
        self._access[granted.access_token] = granted
        self._refresh[granted.refresh_token] = granted
        return granted

    def _end(self, family: int) -> None:
        for tokens in (self._access, self._refresh):
            for name in [name for name, held in tokens.items() if held.family == family]:
                del tokens[name]


def _s256(verifier: str) -> str:
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
