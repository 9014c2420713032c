"""What an authorization server says about itself, and where it says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from keyhole.errors import NetworkError, OAuthError
from keyhole.message import Request, Response
from keyhole.oauth.flow import Flow
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.url import secure
from keyhole.redaction import printable, redact

__all__ = ["ServerMetadata", "asking", "discover", "document_in", "well_known"]

TIMEOUT = 10.0
"""Seconds for one answer."""

LIMIT = 256 * 1024
"""The largest document that is read, in bytes."""

_OAUTH = "/.well-known/oauth-authorization-server"
_OPENID = "/.well-known/openid-configuration"
_OK = 200
_SERVER_FAILED = 500
_LONGEST = 200


def well_known(issuer: str) -> tuple[str, ...]:
    """Where the metadata of an issuer may be, in the order in which it is asked for.

    RFC 8414, sections 3.1 and 5, and OpenID Connect Discovery 1.0, section 4: with a path the
    well-known part goes before it, and only OpenID Connect also knows it behind.

    Args:
        issuer: The issuer's identifier: an https URL.
    """
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    before = (f"{origin}{_OAUTH}{path}", f"{origin}{_OPENID}{path}")
    return (*before, f"{origin}{path}{_OPENID}") if path else before


def discover(issuer: str, *, trusted_issuer: str = "") -> Flow[ServerMetadata]:
    """Asks a server for its metadata.

    Args:
        issuer: The issuer's identifier, exactly as it was configured or advertised.
        trusted_issuer: An identifier that the document may bear instead: only what a user has
            configured for exactly this server belongs here.

    Raises:
        NetworkError: The server can't be reached, or is of no use now.
        OAuthError: It publishes none ("no_metadata"), another issuer's ("issuer_mismatch"), or
            what can't be used.
    """
    urls = well_known(_identifier(issuer))
    for url in urls:
        document = document_in((yield asking(url)), where=url)
        if document is not None:
            _check_issuer(document, {issuer, trusted_issuer} - {""}, where=url)
            return ServerMetadata.parse(document, where=url)
    raise OAuthError(
        f"the authorization server publishes no metadata; asked were {', '.join(urls)}",
        where=issuer,
        remedy="check the issuer's URL, or configure the endpoints themselves",
        code="no_metadata",
    )


def _identifier(issuer: str) -> str:
    """An issuer as RFC 8414, section 2, wants it: no query either."""
    if "?" in secure(issuer, "the issuer", where="the authorization server's issuer"):
        raise OAuthError(
            "the issuer must have no query",
            where=issuer.partition("?")[0],
            remedy="correct the issuer's URL",
            code="bad_url",
        )
    return issuer


def asking(url: str) -> Request:
    """The request for a metadata document."""
    return Request(url, headers={"accept": "application/json"}, timeout=TIMEOUT, limit=LIMIT)


def document_in(response: Response, *, where: str) -> Mapping[str, Any] | None:
    """The object in an answer; None where there is none (404, a redirect, a site's page).

    Args:
        response: The answer.
        where: The URL that was asked, for the error.

    Raises:
        NetworkError: The server answers that it can't answer.
    """
    if response.status >= _SERVER_FAILED:
        raise NetworkError(
            f"the authorization server failed (HTTP {response.status})",
            where=where,
            remedy="try again later",
        )
    if response.status != _OK or len(response.body) >= LIMIT:
        return None
    try:
        document = json.loads(response.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _check_issuer(document: Mapping[str, Any], expected: set[str], *, where: str) -> None:
    """Both identifiers are identical, or the document must not be used (RFC 8414, section 3.3)."""
    said = document.get("issuer")
    if said in expected:
        return
    named = f"the issuer {_shown(said)}" if isinstance(said, str) else "no issuer"
    raise OAuthError(
        f"the document there names {named}, and asked for was {' or '.join(sorted(expected))}",
        where=where,
        remedy="configure the issuer exactly as the server publishes it; or don't trust it",
        code="issuer_mismatch",
    )


def _shown(issuer: str) -> str:
    return redact(printable(issuer))[:_LONGEST]
