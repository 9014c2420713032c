"""The one module that imports `google-auth`, and only to mint a token.

The classes of the single forms are used, as the library recommends, instead of
`google.auth.default()`: that one would search by the process's variables, where the machine's
count, and accept any form from any place.

What the library reads from the process's own variables all the same, and offers no argument for:
EXECUTABLES and the whole environment of such a program, the AWS_* variables of an AWS-sourced
workload identity, and (through `requests`) proxies and certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from google.auth.transport.requests import Request

from keyhole import Secret
from keyhole.frozen import frozen
from keyhole_vertex.adc import Adc

__all__ = ["Token", "mint"]

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_SECONDS = 20.0
_METADATA_PATH = "/computeMetadata/"
_AWS_TOKEN = "urn:ietf:params:aws:token-type:aws4_request"  # noqa: S105  # the name of a type


@frozen
class Token:
    """An access token.

    Attributes:
        secret: The token.
        expires_at: When it ends, in seconds since the epoch; None where Google did not say.
    """

    secret: Secret
    expires_at: float | None


def mint(adc: Adc, metadata_host: str) -> Token:
    """Asks Google for a token; it blocks, and raises whatever the library raises.

    Args:
        adc: The credentials; they have no flaw.
        metadata_host: Where the metadata server is.
    """
    credentials = _credentials(adc)
    transport = _Transport(metadata_host)
    with closing(transport.session):
        credentials.refresh(transport)
    expiry = credentials.expiry
    ends = None if expiry is None else expiry.replace(tzinfo=UTC).timestamp()
    return Token(Secret(credentials.token), ends)


class _Transport(Request):
    """The library's own transport, with a bound that a person can wait for.

    The library takes the metadata server's name from the process's variables when it is imported;
    the machine's counts here.
    """

    def __init__(self, metadata_host: str) -> None:
        super().__init__()
        self._metadata_host = metadata_host

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        timeout: float = _SECONDS,
        **kwargs: Any,
    ) -> Any:
        parts = urlsplit(url)
        if parts.path.startswith(_METADATA_PATH):
            url = parts._replace(netloc=self._metadata_host).geturl()
        send: Any = super().__call__
        return send(url, method, body, headers, timeout, **kwargs)


def _credentials(adc: Adc) -> Any:
    """The library's object for one form."""
    info = adc.document.data
    match adc.form.name if adc.form else "":
        case "service_account":
            from google.oauth2.service_account import Credentials as ServiceAccount

            return ServiceAccount.from_service_account_info(info, scopes=_SCOPES)
        case "authorized_user":
            from google.oauth2.credentials import Credentials as User

            # The scopes of a person's login were chosen when they logged in.
            return User.from_authorized_user_info(info)
        case "impersonated_service_account":
            from google.auth.impersonated_credentials import Credentials as Impersonated

            return Impersonated.from_impersonated_service_account_info(info, scopes=_SCOPES)
        case "external_account_authorized_user":
            from google.auth.external_account_authorized_user import Credentials as Workforce

            return Workforce.from_info(info)
        case "external_account":
            return _federated(info)
        case _:
            from google.auth.compute_engine import Credentials as Machine

            return Machine(scopes=_SCOPES)


def _federated(info: Mapping[str, Any]) -> Any:
    """Workload identity federation, by where the subject token comes from."""
    if info["subject_token_type"] == _AWS_TOKEN:
        from google.auth.aws import Credentials as Aws

        return Aws.from_info(info, scopes=_SCOPES)
    if "executable" in info["credential_source"]:
        from google.auth.pluggable import Credentials as Program

        return Program.from_info(info, scopes=_SCOPES)
    from google.auth.identity_pool import Credentials as Pool

    return Pool.from_info(info, scopes=_SCOPES)
