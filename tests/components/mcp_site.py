"""An MCP server and its authorization server as a table of pages, and a person who agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.testing import FakeHost, agrees, fake_machine
from keyhole_mcp.flow.challenge import Challenge, challenge_in
from keyhole_mcp.http import McpAuth
from keyhole_mcp.library import auth
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.sign_in import SignIn

__all__ = ["ISSUER", "ORIGIN", "URL", "Site", "as_host", "document", "metadata"]

ORIGIN = "https://mcp.acme.example"
URL = f"{ORIGIN}/mcp"
ISSUER = "https://auth.acme.example"
CONFIG = Path("/home/ada/.config/keyhole/config.toml")


class Site:
    """What is on the network, and the machine that asks it.

    Attributes:
        pages: What is answered, by URL: a JSON document, a response, or a function of the request.
        host: The fake host; its `requests` are what was asked.
        config: The keys of `[mcp."URL"]`.
        resource: The metadata of the MCP server.
        metadata: The metadata of the authorization server.
        challenge: What the MCP server answers to a request without a token.
    """

    def __init__(self) -> None:
        self.host = FakeHost()
        self.host.person = lambda url: agrees(url, iss=ISSUER)
        self.url = URL
        self.config: dict[str, Any] = {}
        self.resource: dict[str, Any] = {"resource": URL, "authorization_servers": [ISSUER]}
        self.metadata = metadata(ISSUER)
        self.challenge = "Bearer"
        self.grants: list[dict[str, Any]] = []
        self.registered: dict[str, Any] = {}
        self.status = 201
        self.pages: dict[str, Any] = {
            f"{ORIGIN}/.well-known/oauth-protected-resource/mcp": lambda _: self.resource,
            f"{ISSUER}/.well-known/oauth-authorization-server": lambda _: self.metadata,
            f"{ISSUER}/register": self.register,
            f"{ISSUER}/token": self.token,
        }

    # The network

    def send(self, request: Request) -> Response:
        """Answers a request."""
        self.host.requests.append(request)
        page = self.pages.get(request.url)
        answer = page(request) if callable(page) else page
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return Response(404, {}, b"")
        return answer if isinstance(answer, Response) else document(answer)

    def register(self, request: Request) -> Response:
        """Registers a client as it wants."""
        asked = json.loads(request.body or b"")
        return document({**asked, "client_id": "fake-client", **self.registered}, self.status)

    def token(self, _: Request) -> Any:
        """Grants the next of `grants`."""
        fresh = {"access_token": "fake-token", "token_type": "Bearer", "expires_in": 3600}
        return self.grants.pop(0) if self.grants else {**fresh, "refresh_token": "fake-refresh"}

    # What was asked

    @property
    def asked(self) -> list[str]:
        """The URLs of all requests."""
        return [request.url for request in self.host.requests]

    def fields(self, url: str) -> dict[str, str]:
        """The form that was posted last to a URL."""
        posted = [one for one in self.host.requests if one.url == url]
        return dict(parse_qsl((posted[-1].body or b"").decode()))

    def body(self, url: str) -> dict[str, Any]:
        """The JSON that was posted last to a URL."""
        posted = [one for one in self.host.requests if one.url == url]
        found: dict[str, Any] = json.loads(posted[-1].body or b"")
        return found

    @property
    def shown(self) -> dict[str, str]:
        """The parameters of the authorization request that the browser was given last."""
        return dict(parse_qsl(urlsplit(self.host.opened[-1]).query))

    # The machine

    def look(self) -> Machine:
        """The machine, with what it wrote so far."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in self.config.items()]
        text = "\n".join([f'[mcp."{self.url}"]', *lines])
        files: dict[Path, Any] = {**self.host.files, CONFIG: text}
        return fake_machine(files=files, now=self.host.now())

    def sign_in(self, *, scope: str = "", account: str = "", **more: Any) -> TokenRecord:
        """Signs in, as `keyhole mcp auth` does."""
        machine = self.look()
        server = server_named(machine, self.url)
        way = Way.of(machine, present=True, hostname="localhost")
        signing = SignIn(machine, as_host(self), server, account, way)
        return signing(self.challenged(), scope=scope, **more)

    def challenged(self) -> Challenge:
        """The challenge."""
        return challenge_in({"www-authenticate": self.challenge})

    def auth(self, *, interactive: bool = True) -> McpAuth:
        """`auth=` for a client."""
        return auth(self.url, interactive=interactive, look=self.look, host=as_host(self))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.host, name)


def as_host(site: Site) -> Host:
    """The site as the host that it stands for."""
    return site


def metadata(issuer: str, **more: Any) -> dict[str, Any]:
    """The metadata of an authorization server that does everything right."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "registration_endpoint": f"{issuer}/register",
        "revocation_endpoint": f"{issuer}/revoke",
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        **more,
    }


def document(fields: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, {"content-type": "application/json"}, json.dumps(fields).encode())
