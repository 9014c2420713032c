"""One entry of `mcpServers`, read with all that may be wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from keyhole.document import Document
from keyhole.frozen import evolve, frozen
from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole.settings import Distrust
from keyhole.where import Where
from keyhole_mcp.expand import DEEPEST, Expanded, expand, unexpanded
from keyhole_mcp.options import port
from keyhole_mcp.origin import origin_of
from keyhole_mcp.server import Header, OAuth, Scope, Server

__all__ = ["Place", "is_url", "server_in"]

_TRANSPORTS = {"http": "http", "streamable-http": "http", "sse": "sse", "ws": "ws"}


@frozen
class Place:
    """An object of servers in a file.

    Attributes:
        document: The file.
        scope: Whose servers they are.
        keys: The path of the object in the file.
        distrust: Why none of them counts; None where they do.
    """

    document: Document
    scope: Scope
    keys: tuple[str, ...] = ("mcpServers",)
    distrust: Distrust | None = None

    @property
    def servers(self) -> Mapping[str, Any]:
        """The entries by name."""
        found = self.document.get(*self.keys)
        return found if isinstance(found, dict) else {}

    def where(self, *keys: str) -> Where:
        """The place of something in it."""
        return self.document.where(*self.keys, *keys)


def server_in(place: Place, name: str, environ: Mapping[str, str]) -> Server:
    """The server of an entry; what is wrong is its `problem`, and nothing is raised.

    Args:
        place: The object that it stands in.
        name: Its name.
        environ: The variables for `${VAR}`; an entry that doesn't count stays as it is written.
    """
    entry, where = place.servers[name], place.where(name)
    server = Server(name, place.scope, where, distrust=place.distrust)
    problem = _problem(entry)
    if problem:
        return evolve(server, problem=problem)
    if "url" not in entry:
        return evolve(server, transport="stdio")
    read = unexpanded if place.distrust else partial(expand, environ=environ)
    return _remote(server, place, entry, read)


def _remote(
    server: Server, place: Place, entry: Mapping[str, Any], read: Callable[[str], Expanded]
) -> Server:
    url = read(entry["url"])
    values = {name: read(text) for name, text in entry.get("headers", {}).items()}
    return evolve(
        server,
        transport=_TRANSPORTS[entry["type"]],
        url=url.text,
        headers=tuple(
            Header(
                name,
                Secret(value.text),
                place.where(server.name, "headers", name),
                literal=not value.used and not value.unset,
            )
            for name, value in values.items()
        ),
        helper=entry.get("headersHelper", ""),
        oauth=_oauth(entry.get("oauth", {})),
        problem=_problem_of_values(url, values),
        warnings=() if server.distrust else _unset(url, *values.values()),
    )


def is_url(text: str) -> bool:
    """Whether a remote server may be added with this URL: https, or http on this machine."""
    parts = urlsplit(text) if origin_of(text) else None
    if parts is None or parts.username is not None:
        return False
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _problem_of_values(url: Expanded, headers: Mapping[str, Expanded]) -> str:
    """What is wrong with an entry's texts after expansion; a value never shows."""
    if url.too_deep or any(value.too_deep for value in headers.values()):
        return f"more than {DEEPEST} of its references are in one another"
    named = {f"its header {printable(name)}": value for name, value in headers.items()}
    for what, value in {"its url": url, **named}.items():
        if not _on_one_line(value.text):
            used = f" (see what {printable(' and '.join(value.used))} holds)" if value.used else ""
            return f"{what} holds a line break{used}"
    return "" if _sound(url) else "its url is no http or https URL"


def _sound(url: Expanded) -> bool:
    return bool(origin_of(url.text)) or bool(url.unset) or url.text.startswith(("ws://", "wss://"))


def _unset(*texts: Expanded) -> tuple[str, ...]:
    names = dict.fromkeys(name for text in texts for name in text.unset)
    return tuple(f"{printable(name)} is not set, so that its reference stays" for name in names)


def _oauth(block: Mapping[str, Any]) -> OAuth:
    scopes = block.get("scopes", "")
    return OAuth(
        block.get("clientId", ""),
        block.get("callbackPort"),
        scopes if isinstance(scopes, str) else " ".join(scopes),
        block.get("authServerMetadataUrl", ""),
    )


def _problem(entry: Any) -> str:
    """What makes an entry unusable; empty where nothing does."""
    if not isinstance(entry, dict):
        return "the entry is no object"
    if "url" not in entry:
        return "" if _is_text(entry.get("command")) else "it has neither a url nor a command"
    if not _is_text(entry["url"]):
        return "its url is no text"
    if entry.get("type") not in _TRANSPORTS:
        return 'an entry with a url needs a type: "http", "sse" or "ws"'
    headers = entry.get("headers", {})
    if not isinstance(headers, dict) or not all(map(_is_string, headers.values())):
        return "its headers are no object of texts"
    if not isinstance(entry.get("headersHelper", ""), str):
        return "its headersHelper is no text"
    return _problem_of_oauth(entry.get("oauth", {}))


def _problem_of_oauth(block: Any) -> str:
    if not isinstance(block, dict):
        return "its oauth block is no object"
    for name in ("clientId", "authServerMetadataUrl"):
        if not isinstance(block.get(name, ""), str):
            return f"its oauth.{name} is no text"
    given, scopes = block.get("callbackPort"), block.get("scopes", "")
    if given is not None and port(given) is None:
        return "its oauth.callbackPort is no port (1 to 65535)"
    if not isinstance(scopes, str) and not (
        isinstance(scopes, list) and all(map(_is_text, scopes))
    ):
        return "its oauth.scopes is no text"
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _on_one_line(text: str) -> bool:
    return "\n" not in text and "\r" not in text
