"""An origin as a client sees it: what is asked there, and what is answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import attrs

__all__ = ["Answer", "Asked", "Place", "Route", "in_json"]


@attrs.frozen
class Asked:
    """A request as it came in.

    Attributes:
        method: "GET".
        path: The path, without the query.
        query: The query's parameters.
        headers: The headers, by lower-case names.
        body: The whole body.
    """

    method: str
    path: str
    query: Mapping[str, str] = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def form(self) -> dict[str, str]:
        """The body's fields, where it is a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


@attrs.frozen
class Answer:
    """What a route answers.

    Attributes:
        status: The status code; 0 closes the connection without an answer.
        headers: The headers; the length is added.
        body: The body; an iterable is sent in chunks, one after another.
    """

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes | Iterable[bytes] = b""


Route: TypeAlias = Callable[[Asked], Answer]


def in_json(document: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; an underscore in a header's name is a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = {"content-type": "application/json", "cache-control": "no-store"}
    return Answer(status, {**content, **named}, json.dumps(document).encode())


class Place:
    """One origin; what it has no route for is 404, and remembered like everything.

    Args:
        origin: Scheme, host and port: "http://127.0.0.1:8000".

    Attributes:
        origin: The same.
        routes: Who answers, by method and path: "GET /authorize".
        seen: Every request so far.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.routes: dict[str, Route] = {}
        self.seen: list[Asked] = []

    def answer(self, asked: Asked) -> Answer:
        """Remembers a request and answers it."""
        self.seen.append(asked)
        route = self.routes.get(str(asked))
        return route(asked) if route else Answer(404)

    def count(self, wanted: str) -> int:
        """How often something was asked: "POST /token"."""
        return Counter(map(str, self.seen))[wanted]
