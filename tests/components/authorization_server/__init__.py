"""A real authorization server: npm `oidc-provider`, certified, with rotation and reuse detection.

Refresh tokens are rotated, and one that is used twice ends the whole login: also for whoever used
it first. That is the server against which a client shows whether it refreshes once.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from components.node import installed, node

__all__ = ["REDIRECT", "AuthorizationServer", "authorization_server"]

_HERE = Path(__file__).parent
REDIRECT = "http://127.0.0.1/callback"


@attrs.frozen
class AuthorizationServer:
    """A server that is running.

    Attributes:
        issuer: Its issuer, without a slash at the end.
    """

    issuer: str

    @property
    def token_endpoint(self) -> str:
        """Where tokens are got."""
        return f"{self.issuer}/token"

    def login(self, scope: str = "openid offline_access", **more: str) -> dict[str, Any]:
        """The token response of a whole login of the public client "native"; needs `auto`.

        Args:
            scope: The scope.
            more: Further fields of the authorization request, such as `resource`.
        """
        verifier = secrets.token_urlsafe(48)
        asked = {
            "client_id": "native",
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": scope,
            "prompt": "consent",
            "code_challenge": create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]  # Authlib has none
            "code_challenge_method": "S256",
            **more,
        }
        answer = self.agree(f"{self.issuer}/auth?{urlencode(asked)}")
        code = dict(parse_qsl(urlsplit(answer).query))["code"]
        granted = self.post(
            "/token",
            grant_type="authorization_code",
            client_id="native",
            code=code,
            redirect_uri=REDIRECT,
            code_verifier=verifier,
            **{name: value for name, value in more.items() if name == "resource"},
        )
        return dict(granted)

    def agree(self, url: str) -> str:
        """Where a browser ends that follows an authorization request and agrees to everything.

        Args:
            url: The request; its redirect URI is `REDIRECT`.
        """
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), _StopAtCallback
        )
        try:
            opener.open(url, timeout=60).close()
        except _Arrived as arrived:
            return arrived.url
        raise AssertionError("the authorization request did not end at the callback")

    def register(self, **metadata: Any) -> dict[str, Any]:
        """Registers a client (RFC 7591), and gives what the server says of it."""
        body = json.dumps({"redirect_uris": [], "response_types": [], **metadata}).encode()
        headers = {"content-type": "application/json"}
        asked = urllib.request.Request(f"{self.issuer}/reg", body, headers)  # noqa: S310  # loopback
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310  # loopback
            return dict(json.load(answer))

    def is_active(self, token: str) -> bool:
        """Whether the server would accept a token."""
        return bool(self.introspect(token)["active"])

    def introspect(self, token: str) -> dict[str, Any]:
        """What the server says of a token (RFC 7662)."""
        asked = {"client_id": "resource-server", "client_secret": "fake-secret"}
        return dict(self.post("/token/introspection", token=token, **asked))

    def seen(self) -> list[Any]:
        """What each request to the token endpoint was answered with, in order."""
        with urllib.request.urlopen(f"{self.issuer}/_seen", timeout=60) as answer:  # noqa: S310  # loopback
            return [one["answered"] for one in json.load(answer)]

    def registered(self) -> int:
        """How many requests to be registered it got, whatever it answered."""
        with urllib.request.urlopen(f"{self.issuer}/_registered", timeout=60) as answer:  # noqa: S310  # loopback
            return int(json.load(answer))

    def grant_for(self, seconds: int) -> None:
        """From now on the tokens of resources last so long."""
        body = str(seconds).encode()
        urllib.request.urlopen(f"{self.issuer}/_lifetime", body, timeout=60).close()  # noqa: S310  # loopback

    def fail(self, *faults: dict[str, Any]) -> None:
        """Says what the next requests to the token endpoint are answered with; see server.mjs."""
        body = json.dumps(faults).encode()
        urllib.request.urlopen(f"{self.issuer}/_faults", body, timeout=60).close()  # noqa: S310  # loopback

    def release(self) -> None:
        """Lets go of the requests that a fault has `held`."""
        urllib.request.urlopen(f"{self.issuer}/_release", b"", timeout=60).close()  # noqa: S310  # loopback

    def revoke(self, token: str) -> None:
        """Ends a token (RFC 7009); with a refresh token the whole login."""
        self._post("/token/revocation", token=token, client_id="native")

    def post(self, path: str, **fields: str) -> Any:
        """The JSON that a POST of these fields is answered with."""
        return json.loads(self._post(path, **fields))

    def _post(self, path: str, **fields: str) -> bytes:
        body = urlencode(fields).encode()
        with urllib.request.urlopen(f"{self.issuer}{path}", body, timeout=60) as answer:  # noqa: S310  # loopback
            content: bytes = answer.read()
            return content


@contextmanager
def authorization_server(
    *, auto: bool = True, lifetime: int = 3600, more: Sequence[str] = ()
) -> Iterator[AuthorizationServer]:
    """Starts a server.

    Args:
        auto: Whether it finishes each login and consent without a page.
        lifetime: How many seconds an access token lasts.
        more: Further arguments of server.mjs.
    """
    command = [str(node()), str(_HERE / "server.mjs"), "--root", str(installed(_HERE))]
    command += ["--lifetime", str(lifetime), *(["--auto"] if auto else []), *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield AuthorizationServer(json.loads(process.stdout.readline())["issuer"])
        finally:
            process.kill()


class _Arrived(Exception):  # noqa: N818  # it is the good end
    """The browser was sent to the callback."""

    def __init__(self, url: str) -> None:
        super().__init__("arrived")
        self.url = url


class _StopAtCallback(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if newurl.startswith(REDIRECT):
            raise _Arrived(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
