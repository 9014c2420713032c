"""azure-identity's errors as keyhole's: what went wrong, and that vendor's own next step."""

from __future__ import annotations

from collections.abc import Iterator

from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from keyhole.errors import BrokenCredentialError, KeyholeError, NetworkError
from keyhole.redaction import redact
from keyhole_foundry import identity as variables
from keyhole_foundry.cloud import AUTHORITY
from keyhole_foundry.names import MANAGED, PROD, REMEDIES
from keyhole_foundry.request import CERTIFICATE_PASSWORD, TokenRequest

__all__ = ["failure"]

_LIMIT = 400
# Where no server for identities answers, this is no machine that has one.
_NOT_ENTRA = frozenset({MANAGED, PROD})
_ADVICE = ("To mitigate", "Visit http", "DefaultAzureCredential failed", "Attempted credentials")


def failure(error: Exception, request: TokenRequest) -> KeyholeError:
    """The error to raise instead; it holds no secret and does not lead back to the original."""
    where = request.credential
    if where not in _NOT_ENTRA and _is_of_the_network(error):
        return NetworkError(
            f"{request.authority} can't be reached: {_said(error, request)}",
            where=where,
            remedy=f"check the network and the proxy, and {AUTHORITY}",
        )
    return BrokenCredentialError(
        f"there is no token: {_said(error, request)}",
        where=where,
        remedy=REMEDIES.get(request.credential, "`az login`"),
    )


def _is_of_the_network(error: Exception) -> bool:
    return any(
        isinstance(cause, ServiceRequestError | ServiceResponseError) for cause in _all(error)
    )


def _all(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _said(error: Exception, request: TokenRequest) -> str:
    """The message on one line, without the advice that is the same for everybody."""
    if isinstance(error, TimeoutError):
        return "no server for managed identities answered in time"
    lines = [line.strip() for line in str(error).splitlines()]
    kept = [line for line in lines if line and not line.startswith(_ADVICE)]
    secrets = (request.text(name) or "" for name in (variables.SECRET, CERTIFICATE_PASSWORD))
    text = redact(" ".join(kept), *secrets)
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"
