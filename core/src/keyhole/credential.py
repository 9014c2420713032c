"""What authorizes a request, and which headers carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs

from keyhole.message import Outgoing
from keyhole.secret import Secret

__all__ = [
    "API_KEY",
    "BEARER",
    "HELPER_OUTPUT",
    "OAUTH_BETA",
    "OAUTH_TOKEN",
    "Credential",
    "HeaderCredential",
    "Kind",
]

OAUTH_BETA = "oauth-2025-04-20"
"""The value of `anthropic-beta` with which the API takes an OAuth token."""


@attrs.frozen
class Kind:
    """A kind of credential; it decides which headers carry the secret.

    Attributes:
        name: What `status` calls it.
        headers: The headers that it sends, in lower case.
        variables: The variables that hand it to a child process.
    """

    name: str
    headers: tuple[str, ...]
    variables: tuple[str, ...] = ()


API_KEY = Kind("api-key", ("x-api-key",), ("ANTHROPIC_API_KEY",))
BEARER = Kind("bearer", ("authorization",), ("ANTHROPIC_AUTH_TOKEN",))
OAUTH_TOKEN = Kind("oauth-token", ("authorization", "anthropic-beta"), ("CLAUDE_CODE_OAUTH_TOKEN",))
# A helper's plain output is one credential of which nobody says whether it is a key or a token.
HELPER_OUTPUT = Kind(
    "api-key-or-bearer",
    ("authorization", "x-api-key"),
    ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"),
)


class Credential(Protocol):
    """One credential, ready for use.

    Attributes:
        kind: What it is.
        secret: What tells it from the one that was refused: the token, or the signing key.
        endpoint: The URL whose origin it is for, and no other.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
    """

    @property
    def kind(self) -> Kind: ...
    @property
    def secret(self) -> Secret: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def expires_at(self) -> float | None: ...

    def headers(self) -> Mapping[str, str]:
        """The headers with the secret in them, by their lower-case names.

        Raises:
            RefusedError: This credential signs each request; with what to use instead.
        """

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:
        """The headers for one request: the fixed ones, or a signature of it."""

    def child_env(self) -> Mapping[str, str]:
        """The variables that hand this credential to a child process."""


@attrs.frozen
class HeaderCredential:
    """A secret text that travels in headers.

    Attributes:
        kind: What it is.
        secret: The text.
        endpoint: The URL that it is for.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
    """

    kind: Kind
    secret: Secret
    endpoint: str
    expires_at: float | None = None

    def headers(self) -> Mapping[str, str]:
        return {name: self._header(name) for name in self.kind.headers}

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:  # noqa: ARG002  # as it is
        return self.headers()

    def child_env(self) -> Mapping[str, str]:
        return {name: self.secret.reveal() for name in self.kind.variables}

    def _header(self, name: str) -> str:
        match name:
            case "authorization":
                return f"Bearer {self.secret.reveal()}"
            case "anthropic-beta":
                return OAUTH_BETA
            case _:
                return self.secret.reveal()
