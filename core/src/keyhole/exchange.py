"""One HTTP exchange with the standard library: no redirect, bounded in time and size."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from keyhole.errors import NetworkError
from keyhole.message import Request, Response

__all__ = ["exchange"]


def exchange(request: Request) -> Response:
    """Sends a request and reads the answer, whatever its status.

    Proxies and certificates are those of the environment (HTTPS_PROXY, SSL_CERT_FILE).

    Raises:
        NetworkError: The server can't be reached, is too slow, or does not speak HTTP.
    """
    outgoing = urllib.request.Request(  # noqa: S310  # the scheme is checked below
        request.url, request.body, dict(request.headers), method=request.method
    )
    if outgoing.type not in ("http", "https"):
        raise NetworkError("only http and https URLs are asked", where=_origin(request.url))
    try:
        with _OPENER.open(outgoing, timeout=request.timeout) as answer:
            return _response(answer, request.limit)
    except urllib.error.HTTPError as answer:
        with answer:
            return _response(answer, request.limit)
    except TimeoutError:
        problem = f"no answer within {request.timeout:g} seconds"
    except urllib.error.URLError as error:
        problem = f"can't be reached: {_plainly(error.reason)}"
    except (OSError, HTTPException) as error:
        problem = f"can't be reached: {_plainly(error)}"
    raise NetworkError(
        problem, where=_origin(request.url), remedy="check the network, the proxy and the URL"
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: a credential goes to no other place than the one it is for."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _response(answer: Any, limit: int) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status, headers, answer.read(limit))


def _plainly(error: object) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"
