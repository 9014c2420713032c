"""Headers that are bound to one request: read as if set, and never copied."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import httpx
import httpx2
import pytest

from keyhole.bound import bind, unbind

SECRET = "sk-ant-api03-fake-bound-0123456789"
URL = "https://api.anthropic.com/v1/messages"

libraries = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


def _bound(library: Any, secrets: Any = None, **headers: str) -> Any:
    request = library.Request("GET", URL, headers=headers)
    bind(request, secrets or {"x-api-key": SECRET})
    return request


@libraries
def test_reading_shows_what_is_sent(library: Any) -> None:
    """However the headers are read, the bound one is there, in any spelling, exactly once."""
    headers = _bound(library, **{"x-own": "kept"}).headers
    assert headers["X-Api-Key"] == headers.get("x-api-key") == SECRET
    assert "X-API-KEY" in headers
    assert dict(headers)["x-api-key"] == dict(headers.items())["x-api-key"] == SECRET
    assert {**headers}["x-own"] == "kept"
    assert SECRET in headers.values()
    assert headers.multi_items().count(("x-api-key", SECRET)) == 1
    assert headers.raw.count((b"x-api-key", SECRET.encode())) == 1
    assert headers.get_list("x-api-key") == [SECRET]
    assert len(headers) == len(headers.raw)
    assert "authorization" not in headers


@libraries
def test_reading_shows_every_value_of_a_header(library: Any) -> None:
    """A header that the caller set twice is read as the library reads it, both values joined."""
    request = library.Request("GET", URL, headers=[("x-own", "one"), ("x-own", "two")])
    bind(request, {"x-api-key": SECRET})
    assert dict(request.headers.items())["x-own"] == request.headers["x-own"] == "one, two"


@libraries
def test_no_copy_holds_it(library: Any) -> None:
    """Whatever copies the headers, the copy holds the caller's own and not the bound one."""
    headers = _bound(library, **{"x-own": "kept"}).headers
    copies = [
        library.Headers(headers),
        headers.copy(),
        copy.copy(headers),
        copy.deepcopy(headers),
        pickle.loads(pickle.dumps(headers)),  # noqa: S301  # our own
        library.Request("GET", URL, headers=headers).headers,
    ]
    if library is httpx2:  # the other one can't join them
        copies.append(headers | {"x-more": "1"})
    for copied in copies:
        assert "x-api-key" not in copied
        assert SECRET.encode() not in b"".join(value for _, value in copied.raw)
        assert copied["x-own"] == "kept"


@libraries
def test_nothing_shows_it(library: Any) -> None:
    """Neither a repr nor a pickle of the headers or of the request holds the secret."""
    request = _bound(library)
    request.read()
    for thing in (request, request.headers):
        assert SECRET not in f"{thing!r} {thing!s} {[thing]}"
        assert SECRET.encode() not in pickle.dumps(thing)


@libraries
def test_rivals_are_replaced(library: Any) -> None:
    """Another credential on the request is gone, whichever header it is in and however often."""
    request = library.Request(
        "GET",
        URL,
        headers=[("Authorization", "Bearer rival"), ("X-Api-Key", "rival"), ("x-api-key", "rival")],
    )
    bind(request, {"x-api-key": SECRET})
    assert "rival" not in repr(request.headers.raw)
    bind(request, {"authorization": f"Bearer {SECRET}2"})
    assert request.headers.get("x-api-key") is None
    assert request.headers["authorization"] == f"Bearer {SECRET}2"


@libraries
@pytest.mark.parametrize(
    ("own", "sent"),
    [("", "flag"), ("a", "a,flag"), ("a, flag", "a, flag"), ("flag", "flag")],
)
def test_a_beta_flag_joins_the_callers(library: Any, own: str, sent: str) -> None:
    """The credential's beta flag is sent once, beside the caller's own, in one header."""
    request = library.Request("GET", URL, headers={"anthropic-beta": own} if own else {})
    bind(request, {"authorization": "Bearer x", "anthropic-beta": "flag"})
    assert request.headers["anthropic-beta"] == sent
    assert [value for name, value in request.headers.raw if name.lower() == b"anthropic-beta"] == [
        sent.encode()
    ]


@libraries
def test_the_callers_flags_outlive_the_binding(library: Any) -> None:
    """A copy, and the request once it is unbound, have the beta flags that the caller set."""
    request = library.Request("GET", URL, headers={"anthropic-beta": "callers"})
    bind(request, {"authorization": "Bearer x", "anthropic-beta": "flag"})
    assert library.Headers(request.headers).get("anthropic-beta") == "callers"
    assert unbind(request).headers.get("anthropic-beta") == "callers"


@libraries
def test_unbound_headers_are_the_librarys_own(library: Any) -> None:
    """An unbound request has plain headers again, and can be bound again."""
    request = unbind(_bound(library, **{"x-own": "kept"}))
    assert type(request.headers) is library.Headers
    assert "x-api-key" not in request.headers
    bind(request, {"x-api-key": SECRET})
    assert (request.headers["x-api-key"], request.headers["x-own"]) == (SECRET, "kept")


@libraries
def test_a_library_that_copies_otherwise_is_refused(library: Any) -> None:
    """Where copying would carry the secret on, nothing is bound."""

    class Careless(library.Headers):  # type: ignore[misc]
        def __init__(self, headers: Any = None, encoding: str | None = None) -> None:
            taken = headers.multi_items() if isinstance(headers, library.Headers) else headers
            super().__init__(taken, encoding)

    request = library.Request("GET", URL)
    request.headers = Careless()
    with pytest.raises(TypeError, match="unknown way"):
        bind(request, {"x-api-key": SECRET})
