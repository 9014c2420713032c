"""The authorization server of a probe: sound, until a probe spoils one thing about it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeAlias, final
from urllib.parse import urlencode

import attrs

from keyhole_mcp.testing.book import Book, Code, Granted
from keyhole_mcp.testing.place import Answer, Asked, Place, in_json

__all__ = ["METADATA", "AuthorizationServer"]

Instead: TypeAlias = Callable[[Asked], Answer | None]

METADATA = "GET /.well-known/oauth-authorization-server"


@final
class AuthorizationServer:
    """OAuth 2.1 with S256, dynamic registration, `iss` (RFC 9207) and rotating refresh tokens.

    Its authorization endpoint asks nobody: it redirects at once, as that of the conformance suite.

    Args:
        site: Where it lives.
        published: Whether it has metadata; else it answers only who guesses its endpoints.

    Attributes:
        metadata: What it says of itself (RFC 8414); a probe may change it.
        more: What a redirect with a code also says; a probe may change it.
        instead: Answers a refresh in the server's place, unless it gives None.
    """

    def __init__(self, site: Place, *, published: bool = True) -> None:
        self.site = site
        self.book = Book()
        self.metadata = self._sound()
        self.more = {"iss": site.origin}
        self.instead: Instead = lambda _: None
        self._endpoints = {
            "POST /register": self._register,
            "GET /authorize": self._authorize,
            "POST /token": self._token,
        }
        site.routes |= self._endpoints
        if published:
            site.routes[METADATA] = lambda _: in_json(self.metadata)

    @property
    def origin(self) -> str:
        """The issuer."""
        return self.site.origin

    @property
    def visits(self) -> list[Asked]:
        """Every request of a browser."""
        return self._all("GET /authorize")

    @property
    def refreshes(self) -> list[Asked]:
        """Every request with a refresh token."""
        return [one for one in self.token_requests if one.form.get("grant_type") == "refresh_token"]

    @property
    def token_requests(self) -> list[Asked]:
        """Every request to the token endpoint."""
        return self._all("POST /token")

    @property
    def uses(self) -> list[str]:
        """Every request to one of its endpoints, that is, all but metadata."""
        return [str(one) for one in self.site.seen if str(one) in self._endpoints]

    def _all(self, wanted: str) -> list[Asked]:
        return [one for one in self.site.seen if str(one) == wanted]

    def _sound(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _register(self, asked: Asked) -> Answer:
        wanted = json.loads(asked.body)
        client_id = self.book.register(wanted.get("redirect_uris", []))
        return in_json(
            {**wanted, "client_id": client_id, "token_endpoint_auth_method": "none"}, 201
        )

    def _authorize(self, asked: Asked) -> Answer:
        query = asked.query
        if not self.book.knows(query.get("client_id", "")) or "redirect_uri" not in query:
            return in_json({"error": "invalid_request"}, 400)
        code = self.book.code_for(
            Code(query["client_id"], query["redirect_uri"], query.get("code_challenge", ""))
        )
        state = {"state": query["state"]} if "state" in query else {}
        answer = urlencode({"code": code, **state, **self.more})
        return Answer(302, {"location": f"{query['redirect_uri']}?{answer}"})

    def _token(self, asked: Asked) -> Answer:
        form = asked.form
        if form.get("grant_type") == "refresh_token":
            return self._refresh(asked)
        granted = self.book.redeem(
            form.get("code", ""),
            form.get("code_verifier", ""),
            form.get("client_id", ""),
            form.get("redirect_uri", ""),
        )
        return _granted(granted)

    def _refresh(self, asked: Asked) -> Answer:
        # What two clients do at the same moment is only seen where it takes a moment.
        time.sleep(0.05)
        instead = self.instead(asked)
        return instead or _granted(self.book.refresh(asked.form.get("refresh_token", "")))


def _granted(granted: Granted | None) -> Answer:
    if granted is None:
        return in_json({"error": "invalid_grant"}, 400)
    said = attrs.asdict(granted)
    del said["family"]
    return in_json({**said, "token_type": "Bearer"})
