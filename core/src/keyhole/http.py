"""`auth=` for httpx2 and httpx clients, sync and async, from one body.

The credential is bound to its endpoint's origin. The clients' own redirect handling drops
`Authorization` on the way to another origin but forwards `x-api-key`; here the secret never stands
in the headers that a redirect copies.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from keyhole.bound import bind, unbind
from keyhole.credential import Credential
from keyhole.endpoint import origin
from keyhole.errors import RejectedError

_LIBRARIES = tuple(import_module(name) for name in ("httpx2", "httpx") if find_spec(name))

if TYPE_CHECKING:
    import httpx
    import httpx2

    from keyhole.resolved import Resolved

    class Base(httpx.Auth, httpx2.Auth):  # type: ignore[misc]  # two libraries, one shape
        """What both libraries take for `auth=`."""

else:
    # A client takes only its own library's Auth, so this is one of each that is installed.
    Base = type("Base", tuple(library.Auth for library in _LIBRARIES), {})

__all__ = ["Auth", "Base", "is_in_memory"]

_IN_MEMORY = tuple(library.ByteStream for library in _LIBRARIES)
"""The streams of bodies that can be sent as often as one likes."""

_UNAUTHENTICATED = (401, 403)
_HOPS = 5


_NEED: Any = object()
"""Asks for a credential that is ready for use."""


class Auth(Base):
    """Authenticates requests to the credential's own origin, and leaves all others alone.

    After a 401 the credential is loaded again and the request is sent once more; a second 401, or
    the same credential again, is final.

    Args:
        resolved: What `keyhole.resolve()` returned.
    """

    requires_request_body = False
    requires_response_body = False

    def __init__(self, resolved: Resolved) -> None:
        self._resolved = resolved

    def __repr__(self) -> str:
        return f"Auth({self._resolved!r})"

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Serves `Client`."""
        resolved = self._resolved
        steps = _flow(resolved, request, resolved.credential())
        step = next(steps)
        with suppress(StopIteration):
            while True:
                if step is _NEED:
                    step = steps.send(resolved.credential())
                else:
                    step = steps.send((yield step))

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Serves `AsyncClient`."""
        resolved = self._resolved
        # A held credential needs no coroutine, which would cost more than all the rest of the look.
        steps = _flow(resolved, request, resolved.ready() or await resolved.acredential())
        step = next(steps)
        with suppress(StopIteration):
            while True:
                if step is _NEED:
                    step = steps.send(await resolved.acredential())
                else:
                    step = steps.send((yield step))


def _flow(resolved: Resolved, request: Any, credential: Credential) -> Generator[Any, Any, None]:
    """What is to be done for one request, in order: requests to send, or `_NEED`."""
    response = yield from _exchange(credential, request)
    if not _is_refused(credential, response):
        return
    resolved.reject(credential)
    _check_replayable(credential, response.request)
    renewed: Credential = yield _NEED
    response = yield from _exchange(renewed, unbind(response.request))
    if _is_refused(renewed, response):
        resolved.reject(renewed)
        raise RejectedError(
            "the credential was refused twice, the second time freshly loaded",
            where=_origin_text(renewed.endpoint),
            remedy="`keyhole status` says where it comes from; replace it there",
        )


def _exchange(credential: Credential, request: Any) -> Generator[Any, Any, Any]:
    """Sends one request; after a redirect within the origin it is authenticated anew there."""
    response = None
    for _ in range(_HOPS):
        if _is_for(credential, request.url):
            bind(request, credential.authenticate(request))
        response = yield request
        if response.request is request or not _is_missed(credential, response):
            return response
        request = response.request
        if is_in_memory(request):
            # A redirected request has the stream alone, and who signs asks for the content.
            request.read()
    return response


def is_in_memory(request: Any) -> bool:
    """Whether a request's body can be sent again; a redirect hands it on as it is.

    Args:
        request: A request of httpx2 or httpx.
    """
    return isinstance(request.stream, _IN_MEMORY)


def _check_replayable(credential: Credential, request: Any) -> None:
    if is_in_memory(request):
        return
    raise RejectedError(
        "the credential was refused, and the request's body is a stream that can't be sent again",
        where=_origin_text(credential.endpoint),
        remedy="send the request again with a new stream",
    )


def _is_missed(credential: Credential, response: Any) -> bool:
    """Whether the credential's own server misses it in what a redirect sent without it."""
    asks = response.status_code in _UNAUTHENTICATED and _is_for(credential, response.url)
    return asks or _is_refused(credential, response)


def _is_refused(credential: Credential, response: Any) -> bool:
    """Whether the credential's own server refused it; another server's refusal means nothing."""
    refused = credential.refused(response.status_code, response.headers)
    return refused and _is_for(credential, response.url)


def _is_for(credential: Credential, url: Any) -> bool:
    home, asked = credential.endpoint, str(url)
    return asked.startswith(_prefix(home)) or origin(home) == origin(asked)


@lru_cache(maxsize=64)
def _prefix(endpoint: str) -> str:
    """How nearly every URL of an endpoint's origin begins."""
    scheme, _, rest = endpoint.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"


def _origin_text(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"
