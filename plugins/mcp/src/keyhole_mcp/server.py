"""One MCP server as it is configured."""

from __future__ import annotations

import enum

from keyhole.frozen import field, frozen
from keyhole.redaction import printable, redact
from keyhole.secret import Secret
from keyhole.settings import Distrust
from keyhole.where import Where
from keyhole_mcp.exceptions import Exceptions
from keyhole_mcp.extensions.chosen import Chosen
from keyhole_mcp.origin import origin_of

__all__ = ["Header", "OAuth", "Scope", "Server"]


class Scope(enum.Enum):
    """Whose entry it is, the strongest first."""

    GIVEN = "--url"
    MANAGED = "managed"
    LOCAL = "local"
    PROJECT = "project"
    USER = "user"


@frozen
class Header:
    """A header that stands in the entry.

    Attributes:
        name: Its name.
        value: Its value, expanded.
        where: Where it stands.
        literal: The whole value stands in the file, so that a secret would stand there, too.
    """

    name: str
    value: Secret
    where: Where
    literal: bool


@frozen
class OAuth:
    """The `oauth` block of an entry.

    Attributes:
        client_id: `clientId`.
        callback_port: `callbackPort`.
        scopes: `scopes`, separated by spaces.
        metadata_url: `authServerMetadataUrl`.
    """

    client_id: str = ""
    callback_port: int | None = None
    scopes: str = ""
    metadata_url: str = ""


@frozen
class Server:
    """An entry of `mcpServers`, or a URL that was given.

    Attributes:
        name: The name; the URL itself where only that was given.
        scope: Whose entry it is.
        where: Where it stands.
        transport: "http", "sse", "ws" or "stdio".
        url: Its URL, expanded; empty for a stdio server.
        headers: Its static headers; they go to its own origin only.
        helper: Its `headersHelper`; a command line.
        oauth: Its `oauth` block.
        exceptions: What keyhole's configuration says about it.
        chosen: Which extension that chooses for it.
        distrust: Why the entry does not count; None where it does.
        problem: What is wrong with the entry; empty if nothing is.
        warnings: What a user should know of it.
        shadowed_by: The stronger entry of that name.
    """

    name: str
    scope: Scope
    where: Where
    transport: str = "http"
    url: str = field(default="", repr=False)
    headers: tuple[Header, ...] = ()
    helper: str = field(default="", repr=False)
    oauth: OAuth = field(factory=OAuth)
    exceptions: Exceptions = field(factory=Exceptions)
    chosen: Chosen = field(factory=Chosen)
    distrust: Distrust | None = None
    problem: str = ""
    warnings: tuple[str, ...] = ()
    shadowed_by: Where | None = None

    @property
    def in_force(self) -> bool:
        """Whether this is the entry that counts for its name, sound or not."""
        return self.distrust is None and self.shadowed_by is None

    @property
    def remote(self) -> bool:
        """Whether it is reached over HTTP, so that it can be authenticated to."""
        return self.transport in ("http", "sse")

    @property
    def scopes(self) -> str:
        """The scope that a user configured, separated by spaces; empty asks for what is needed."""
        return self.exceptions.scopes or self.oauth.scopes

    @property
    def origin(self) -> str:
        """The only origin that its static headers go to."""
        return origin_of(self.url)

    @property
    def shown(self) -> str:
        """The URL, fit for a screen."""
        return printable(redact(self.url.partition("?")[0]))

    @property
    def static_authorization(self) -> Header | None:
        """The configured `Authorization` header; with one there is no OAuth."""
        named = (header for header in self.headers if header.name.lower() == "authorization")
        return next(named, None)
