"""The credentials: keys that sign each request, a key that travels, and none at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole import Kind, Secret
from keyhole.errors import RefusedError
from keyhole.frozen import field, frozen
from keyhole.message import Outgoing
from keyhole_bedrock.keys import Keys
from keyhole_bedrock.target import Target

__all__ = ["NO_AUTH", "SIGNATURE", "ApiKey", "NoAuth", "Signer"]

SIGNATURE = Kind("aws-signature", ("authorization", "x-amz-date", "x-amz-security-token"))
NO_AUTH = "no-authentication"
"""The kind of a credential that is none; what headers it has depends on the service."""

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_ERROR_TYPE = "x-amzn-errortype"
_DEAD = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""What AWS calls keys that have ended or that it does not know (any more); an AccessDenied is
about permissions, and other keys would not help."""


@frozen
class _Common:
    """What the three have in common.

    Attributes:
        target: What it is for.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
        renew_at: None: it is loaded again at its end or when it is refused.
    """

    target: Target
    expires_at: float | None = field(default=None, kw_only=True)
    renew_at: float | None = field(default=None, init=False)

    @property
    def endpoint(self) -> str:
        return self.target.endpoint

    def refused(self, status: int, headers: Mapping[str, str]) -> bool:
        """401, and the 403 of keys that have ended or were replaced."""
        error = headers.get(_ERROR_TYPE, "").partition(":")[0]
        return status == _UNAUTHORIZED or (status == _FORBIDDEN and error in _DEAD)

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
        from keyhole_bedrock.client import client

        return client(self.target, auth, asynchronous=asynchronous, options=options)


@frozen
class Signer(_Common):
    """Access keys, which sign each request and never leave."""

    keys: Keys

    kind = SIGNATURE

    @property
    def secret(self) -> Secret:
        return self.keys.secret_access_key

    def headers(self) -> Mapping[str, str]:
        raise RefusedError(
            f"{self.target.product.title} takes a signature of each request, so that there are no "
            "headers to give out",
            remedy="keyhole.Auth or keyhole.sdk_client() in Python, `keyhole run -- PROGRAM` else",
        )

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:
        from keyhole_bedrock.signature import sign

        return sign(request, self.keys, self.target)

    def child_env(self) -> Mapping[str, str]:
        if self.target.private:
            raise RefusedError(
                "the profile of [bedrock] is for keyhole alone: programs do not get its keys",
                remedy="keyhole.Auth or keyhole.sdk_client(); or, for `claude`, set "
                "awsCredentialExport in its settings to `aws configure export-credentials "
                "--profile NAME`",
            )
        token = self.keys.session_token
        return {
            **self.target.variables(),
            "AWS_ACCESS_KEY_ID": self.keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.keys.secret_access_key.reveal(),
            # Also where there is none: the token of other keys must not go with these.
            "AWS_SESSION_TOKEN": token.reveal() if token else "",
        }


@frozen
class ApiKey(_Common):
    """A key that travels in headers.

    Attributes:
        kind: What it is.
        secret: The key.
        carriers: The headers that carry it.
    """

    kind: Kind
    secret: Secret
    carriers: tuple[str, ...]

    def headers(self) -> Mapping[str, str]:
        return {**self.target.headers(), **{name: self._header(name) for name in self.carriers}}

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:  # noqa: ARG002  # as it is
        return self.headers()

    def child_env(self) -> Mapping[str, str]:
        key = {name: self.secret.reveal() for name in self.kind.variables}
        return {**self.target.variables(), **key}

    def _header(self, name: str) -> str:
        secret = self.secret.reveal()
        return f"Bearer {secret}" if name == "authorization" else secret


@frozen
class NoAuth(_Common):
    """Nothing: a gateway authenticates the requests."""

    secret = Secret("")

    @property
    def kind(self) -> Kind:
        return Kind(NO_AUTH, tuple(self.target.headers()))

    def headers(self) -> Mapping[str, str]:
        return self.target.headers()

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:  # noqa: ARG002  # as it is
        return self.headers()

    def child_env(self) -> Mapping[str, str]:
        return self.target.variables()
