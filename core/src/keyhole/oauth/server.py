"""The metadata of an authorization server, as a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole.errors import OAuthError
from keyhole.frozen import field, frozen
from keyhole.oauth.url import secure

__all__ = ["ServerMetadata"]

_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
)
_LISTS = (
    "scopes_supported",
    "response_types_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
)
_FLAGS = {
    "authorization_response_iss_parameter_supported": "iss_in_answer",
    "client_id_metadata_document_supported": "client_id_metadata_document_supported",
}
_DEFAULT_GRANTS = ("authorization_code", "implicit")


@frozen
class ServerMetadata:
    """What is known about an authorization server (RFC 8414, section 2); "" or None: unsaid.

    It may be built by hand, where a configuration names the endpoints.

    Attributes:
        issuer: Its identifier; "" where a configuration names endpoints only.
        token_endpoint: Where tokens are got.
        authorization_endpoint: Where a person agrees.
        registration_endpoint: Where a client registers itself (RFC 7591).
        revocation_endpoint: Where a token is given back (RFC 7009).
        introspection_endpoint: Where a token is asked about (RFC 7662).
        device_authorization_endpoint: Where a device without a browser begins (RFC 8628).
        scopes_supported: The scopes that it tells of.
        response_types_supported: What an authorization may answer.
        grant_types_supported: What the token endpoint takes.
        token_endpoint_auth_methods_supported: How a client may prove who it is.
        code_challenge_methods_supported: The methods of RFC 7636; None is not the same as all.
        iss_in_answer: Whether each of its redirects says `iss` (RFC 9207, section 3).
        client_id_metadata_document_supported: Whether a client's id may be a URL.
        where: The URL that it was read from.
        extra: Every other field, as it came.
    """

    issuer: str
    token_endpoint: str
    authorization_endpoint: str = ""
    registration_endpoint: str = ""
    revocation_endpoint: str = ""
    introspection_endpoint: str = ""
    device_authorization_endpoint: str = ""
    scopes_supported: tuple[str, ...] | None = None
    response_types_supported: tuple[str, ...] | None = None
    grant_types_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    code_challenge_methods_supported: tuple[str, ...] | None = None
    iss_in_answer: bool = False
    client_id_metadata_document_supported: bool = False
    where: str = ""
    extra: Mapping[str, Any] = field(factory=dict, repr=False)

    def offers(self, grant_type: str) -> bool:
        """Whether the token endpoint takes a grant type; the default is RFC 8414's."""
        offered = self.grant_types_supported
        return grant_type in (_DEFAULT_GRANTS if offered is None else offered)

    @classmethod
    def parse(cls, fields: Mapping[str, Any], *, where: str) -> ServerMetadata:
        """The record of a metadata document, whose issuer has been checked.

        Args:
            fields: The document.
            where: The URL that it was read from.

        Raises:
            OAuthError: A field is not what it must be.
        """
        rest = {name: value for name, value in fields.items() if value is not None}
        urls = {
            name: secure(rest.pop(name), name, where=where) for name in _ENDPOINTS if name in rest
        }
        lists = {name: _texts(rest.pop(name), name, where=where) for name in _LISTS if name in rest}
        flags = {mine: rest.pop(name, None) is True for name, mine in _FLAGS.items()}
        issuer = secure(rest.pop("issuer", None), "issuer", where=where)
        if "token_endpoint" not in urls:
            raise _flaw("it names no token_endpoint", where)
        return cls(issuer=issuer, where=where, extra=rest, **urls, **lists, **flags)  # type: ignore[arg-type]  # by name


def _texts(value: object, name: str, *, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _flaw(f"its {name} is no list of texts", where)
    return tuple(value)


def _flaw(problem: str, where: str) -> OAuthError:
    return OAuthError(
        f"the authorization server's metadata can't be used: {problem}",
        where=where,
        remedy="ask whoever runs the authorization server",
        code="bad_metadata",
    )
