"""Asking the credential's endpoint whether it takes the credential."""

from __future__ import annotations

from collections.abc import Callable

from keyhole import policy
from keyhole.credential import Credential
from keyhole.errors import (
    BrokenCredentialError,
    HelperError,
    KeyholeError,
    LoginRequiredError,
    NetworkError,
    RejectedError,
)
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.message import Request
from keyhole.resolved import Resolved
from keyhole.walk import Survey

__all__ = ["Verification", "asked", "verify"]

_ALIVE = range(200, 300)
_DEAD = (401, 403)
_ENDS = (BrokenCredentialError, HelperError, LoginRequiredError)
"""What ends a loading for good; every other error may have passed by the next."""


@frozen
class Verification:
    """What the endpoint said.

    Attributes:
        usable: True, False, or None where the answer says nothing about the credential.
        said: One sentence.
    """

    usable: bool | None
    said: str


def asked(answer: Survey, look: Callable[[], Machine], host: Host) -> Verification:
    """`verify` for the winner of a survey; a failure on the way there is an answer too."""
    try:
        resolved = Resolved(answer, look, host)
        policy.refuse_subscription(answer.machine.config, resolved.verdict)
        return verify(resolved, host)
    except KeyholeError as error:
        usable = False if isinstance(error, _ENDS) else None
        return Verification(usable, f"not asked: {error.problem}")


def verify(resolved: Resolved, host: Host) -> Verification:
    """Sends one cheap request, a list of one model; only 401 and 403 say that it is dead.

    Where it is refused and can be renewed, the new one is judged: that is what `Auth` would use.

    Raises:
        KeyholeError: The credential can't be loaded, or signs each request.
    """
    credential = resolved.credential()
    verification, refused = _ask(credential, host)
    if not refused:
        return verification
    host.tell(f"{verification.said}: loading it again")
    resolved.reject(credential)
    try:
        renewed = resolved.credential()
    except RejectedError:
        return verification
    except KeyholeError as error:
        said = f"{verification.said}, and it can't be renewed: {error.problem}"
        return Verification(False if isinstance(error, _ENDS) else None, said)
    return _ask(renewed, host)[0]


def _ask(credential: Credential, host: Host) -> tuple[Verification, bool]:
    """What the endpoint says, and whether that is a reason to renew the credential."""
    endpoint = credential.endpoint
    host.tell(f"asking {endpoint}")
    request = Request(
        f"{endpoint.rstrip('/')}/v1/models?limit=1",
        headers={**credential.headers(), "anthropic-version": "2023-06-01"},
    )
    try:
        response = host.send(request)
    except NetworkError as error:
        return Verification(None, f"not known: {error.where} {error.problem}"), False
    status = response.status
    refused = credential.refused(status, response.headers)
    if status in _ALIVE:
        return Verification(usable=True, said=f"{endpoint} takes it"), False
    if refused or status in _DEAD:
        return Verification(usable=False, said=f"{endpoint} refuses it ({status})"), refused
    return Verification(None, f"not known: {endpoint} answered {status}"), False
