"""What authorizes a request, and which headers carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from keyhole.endpoint import ANTHROPIC_API
from keyhole.frozen import frozen
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

UNAUTHORIZED = 401

OAUTH_BETA = "oauth-2025-04-20"
"""The value of `anthropic-beta` with which the API takes an OAuth token."""


@frozen
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
        renew_at: When it is to be loaded again although it may still be good, in seconds since
            the epoch; None where only its end or a refusal asks for that.
    """

    @property
    def kind(self) -> Kind: ...
    @property
    def secret(self) -> Secret: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def expires_at(self) -> float | None: ...
    @property
    def renew_at(self) -> float | None: ...

    def headers(self) -> Mapping[str, str]:
        """The headers with the secret in them, by their lower-case names.

        Raises:
            RefusedError: This credential signs each request; with what to use instead.
        """

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:
        """The headers for one request: the fixed ones, or a signature of it."""

    def refused(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether an answer says that this credential is not, or no longer, good.

        Args:
            status: The status code.
            headers: The answer's headers.
        """

    def child_env(self) -> Mapping[str, str]:
        """The variables that hand this credential, and its endpoint, to a child process."""

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
        """The vendor's SDK client for this credential.

        Args:
            auth: An httpx2 Auth that authenticates each request with what is held by then; the
                client is wired to it, so that rotation works in a running process.
            asynchronous: Whether the asynchronous twin is wanted.
            options: Further arguments of the client.

        Raises:
            ImportError: The package `anthropic` is not installed.
        """


@frozen
class HeaderCredential:
    """A secret text that travels in headers.

    Attributes:
        kind: What it is.
        secret: The text.
        endpoint: The URL that it is for.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
        renew_at: When it is to be loaded again although it may still be good; None for never.
    """

    kind: Kind
    secret: Secret
    endpoint: str
    expires_at: float | None = None
    renew_at: float | None = None

    def headers(self) -> Mapping[str, str]:
        return {name: self._header(name) for name in self.kind.headers}

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:  # noqa: ARG002  # as it is
        return self.headers()

    def refused(self, status: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG002  # as it is
        return status == UNAUTHORIZED

    def child_env(self) -> Mapping[str, str]:
        variables = {name: self.secret.reveal() for name in self.kind.variables}
        if self.endpoint != ANTHROPIC_API:
            variables["ANTHROPIC_BASE_URL"] = self.endpoint
        return variables

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
        from keyhole.sdk import first_party_client

        return first_party_client(self.endpoint, auth, asynchronous=asynchronous, **options)

    def _header(self, name: str) -> str:
        match name:
            case "authorization":
                return f"Bearer {self.secret.reveal()}"
            case "anthropic-beta":
                return OAUTH_BETA
            case _:
                return self.secret.reveal()
