"""The MCP servers that files configure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from keyhole import Role, Seen, View, Where
from keyhole_audit import spot
from keyhole_audit.literal import dotted, masked

__all__ = ["Server", "servers"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@attrs.frozen
class Server:
    """A server as a file configures it.

    Attributes:
        file: The file.
        path: The keys that lead to its entry.
        entry: What the file says of it.
        text: The file's text; not shown, because it may hold secrets.
    """

    file: Seen
    path: spot.Path
    entry: Mapping[str, Any] = attrs.field(repr=False)
    text: str = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """Its name."""
        return masked(str(self.path[-1]))

    @property
    def url(self) -> str:
        """Its URL; empty where it has none."""
        url = self.entry.get("url")
        return url if isinstance(url, str) else ""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, as far as they are texts."""
        headers = self.entry.get("headers")
        if not isinstance(headers, dict):
            return {}
        return {name: value for name, value in headers.items() if isinstance(value, str)}

    @property
    def is_remote(self) -> bool:
        """Whether it is reached over a network."""
        host = _host(self.url)
        return bool(host) and host not in _LOOPBACK

    @property
    def is_in_clear(self) -> bool:
        """Whether what it is sent crosses a network unencrypted."""
        return self.is_remote and self.url.lower().startswith(("http:", "ws:"))

    def where(self, *keys: str) -> Where:
        """The place of something in its entry."""
        path = (*self.path, *keys)
        line = spot.line_of(self.text, path)
        return Where(masked(str(self.file.path)), dotted(path), line)


def servers(view: View) -> Iterator[Server]:
    """Every server in the view's files."""
    for seen in view.of(Role.MCP, Role.STATE):
        content = view.machine.text(seen.path).content
        data = view.machine.json(seen.path).data
        if content is None:
            continue
        for path, held in _holders(seen, data):
            for name, entry in held.items():
                if isinstance(entry, dict):
                    yield Server(seen, (*path, name), entry, content.reveal())


def _holders(seen: Seen, data: Mapping[str, Any]) -> Iterator[tuple[spot.Path, dict[str, Any]]]:
    held = data.get("mcpServers")
    if isinstance(held, dict):
        yield ("mcpServers",), held
    projects = data.get("projects")
    if seen.role is Role.STATE and isinstance(projects, dict):
        for folder, project in projects.items():
            held = project.get("mcpServers") if isinstance(project, dict) else None
            if isinstance(held, dict):
                yield ("projects", folder, "mcpServers"), held


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
