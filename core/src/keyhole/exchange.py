"""One HTTP exchange with the standard library: no redirect, bounded in time and size."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import (
    BadStatusLine,
    HTTPException,
    InvalidURL,
    RemoteDisconnected,
    UnknownProtocol,
)
from typing import Any
from urllib.parse import urlsplit

from keyhole.deadline import within
from keyhole.errors import NetworkError
from keyhole.message import Request, Response
from keyhole.pinned import handlers
from keyhole.redaction import printable, redact

__all__ = ["exchange"]

_REMEDY = "check the network, the proxy and the URL"
_PROXY = re.compile(r"Tunnel connection failed: (\d{3}\b.*)", re.DOTALL)
_PROXY_REMEDY = "check HTTPS_PROXY, and whether the proxy lets you through to this server"
_LOGIN_REMEDY = "check the user name and the password in HTTPS_PROXY"
_TRUST_REMEDY = (
    "check the name in the URL and the clock; a company's own authority belongs into SSL_CERT_FILE"
)
_LONGEST = 200


def exchange(request: Request, tell: Callable[[str], None] = lambda _sentence: None) -> Response:
    """Sends a request and reads the answer, whatever its status.

    Proxies and certificates are those of the environment (HTTPS_PROXY, SSL_CERT_FILE).

    Args:
        request: The request.
        tell: Says to a person who waits what is waited for.

    Raises:
        NetworkError: The server can't be reached, is too slow, or does not speak HTTP.
    """
    if urlsplit(request.url).scheme not in ("http", "https"):
        raise NetworkError("only http and https URLs are asked", where=_origin(request.url))
    origin = _origin(request.url)
    try:
        # A socket's own time-out begins anew with each byte.
        answer = within(
            request.timeout,
            lambda: _answer(request),
            lambda: tell(f"{origin} has not answered yet; it has {request.timeout:g} seconds"),
        )
    except TimeoutError:
        answer = _too_slow(request)
    if isinstance(answer, Response):
        return answer
    raise answer


def _answer(request: Request) -> Response | NetworkError:
    """The answer, or what went wrong; an error's own text may repeat a header."""
    try:
        outgoing = urllib.request.Request(  # noqa: S310  # the scheme was checked
            request.url, request.body, dict(request.headers), method=request.method
        )
        with _opener(request).open(outgoing, timeout=request.timeout) as got:
            headers = {name.lower(): value for name, value in got.headers.items()}
            return Response(got.status, headers, got.read(request.limit))
    except TimeoutError:
        return _too_slow(request)
    except urllib.error.URLError as error:
        return _unreachable(request, error.reason)
    except (OSError, HTTPException) as error:
        return _unreachable(request, error)
    except ValueError:
        return _failed(request, "the URL or a header holds what can't be sent")
    except Exception as error:  # noqa: BLE001  # somebody waits for the answer
        return _failed(request, f"failed: {type(error).__name__}")


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every status is an answer, redirects included: a credential goes to no other place."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response

    def https_response(self, _request: Any, response: Any) -> Any:
        return response


_OPENER = urllib.request.build_opener(_AsItIs)


def _opener(request: Request) -> urllib.request.OpenerDirector:
    if not request.addresses:
        return _OPENER
    return urllib.request.build_opener(_AsItIs, *handlers(request.addresses))


def _failed(request: Request, problem: str, remedy: str = _REMEDY) -> NetworkError:
    return NetworkError(problem, where=_origin(request.url), remedy=remedy)


def _too_slow(request: Request) -> NetworkError:
    return _failed(request, f"no answer within {request.timeout:g} seconds")


def _unreachable(request: Request, error: object) -> NetworkError:
    said = _plainly(error)
    if proxy := _PROXY.fullmatch(said):
        remedy = _LOGIN_REMEDY if proxy[1].startswith("407") else _PROXY_REMEDY
        return _failed(request, f"can't be reached: the proxy answered {proxy[1]}", remedy)
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted ({error.verify_message})"
        return _failed(request, why, _TRUST_REMEDY)
    return _failed(request, f"can't be reached: {said}")


def _plainly(error: object) -> str:
    """What an error says, where it repeats neither the URL nor what a server made up."""
    if isinstance(error, InvalidURL):
        return "the URL is not valid"
    if isinstance(error, BadStatusLine | UnknownProtocol) and not isinstance(
        error, RemoteDisconnected
    ):
        return "what answers does not speak HTTP"
    said = getattr(error, "strerror", None) or str(error)
    return printable(redact(said)).strip()[:_LONGEST] or type(error).__name__


def _origin(url: str) -> str:
    parts = urlsplit(url)
    host, port = parts.hostname or "", ""
    # A name and a password are nobody's business, nor is what stands there instead of a port.
    with suppress(ValueError):
        port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
