"""The MCP server of a probe."""

from __future__ import annotations

import json
from typing import Any, final

from keyhole_mcp.testing.authorization import AuthorizationServer
from keyhole_mcp.testing.place import Answer, Asked, Place, in_json
from keyhole_mcp.testing.wire import Tool, answer_to

__all__ = ["METADATA", "McpServer"]

METADATA = "GET /.well-known/oauth-protected-resource/mcp"


@final
class McpServer:
    """An MCP server that wants a token of its authorization server.

    At its own origin there are also authorization endpoints that no metadata name: what comes to
    them was guessed, or is a secret that was posted to the wrong host.

    Args:
        site: Where it lives.
        authorization: Whose tokens it takes.
        protocol: The revision that it speaks, "2026-07-28" or an older one.

    Attributes:
        tools: Its tools.
        metadata: What it says of itself (RFC 9728); a probe may change it.
        metadata_url: Where that is, as it says with 401.
        stray: The authorization server that nobody named.
        refused: How many requests came without a good token.
    """

    def __init__(self, site: Place, authorization: AuthorizationServer, protocol: str) -> None:
        self.site = site
        self.authorization = authorization
        self.protocol = protocol
        self.stray = AuthorizationServer(site, published=False)
        self.tools: dict[str, Tool] = {"echo": lambda: "an echo"}
        self.url = f"{site.origin}/mcp"
        self.metadata: dict[str, Any] = {
            "resource": self.url,
            "authorization_servers": [authorization.origin],
        }
        self.metadata_url = f"{site.origin}/.well-known/oauth-protected-resource/mcp"
        self.refused = 0
        site.routes |= {
            METADATA: lambda _: in_json(self.metadata),
            "POST /mcp": self._post,
            "GET /mcp": lambda _: Answer(405),
            "DELETE /mcp": lambda _: Answer(405),
        }

    def _post(self, asked: Asked) -> Answer:
        if not self._accepts(asked):
            self.refused += 1
            return Answer(401, {"www-authenticate": self._challenge(asked)})
        answer = answer_to(json.loads(asked.body), self.tools, self.protocol)
        return Answer(202) if answer is None else in_json(answer)

    def _accepts(self, asked: Asked) -> bool:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        good = self.authorization.book.accepts(token) or self.stray.book.accepts(token)
        return scheme.lower() == "bearer" and good

    def _challenge(self, asked: Asked) -> str:
        error = 'error="invalid_token", ' if "authorization" in asked.headers else ""
        return f'Bearer {error}resource_metadata="{self.metadata_url}"'
