"""Asking the credential's endpoint once whether it takes the credential."""

from __future__ import annotations

from collections.abc import Callable

from keyhole import policy
from keyhole.errors import BrokenCredentialError, HelperError, KeyholeError, NetworkError
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.message import Request
from keyhole.resolved import Resolved
from keyhole.walk import Survey

__all__ = ["Verification", "asked", "verify"]

_ALIVE = range(200, 300)
_DEAD = (401, 403)


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
        usable = False if isinstance(error, BrokenCredentialError | HelperError) else None
        return Verification(usable, f"not asked: {error.problem}")


def verify(resolved: Resolved, host: Host) -> Verification:
    """Sends one cheap request, a list of one model; only 401 and 403 say that it is dead.

    Raises:
        KeyholeError: The credential can't be loaded, or signs each request.
    """
    credential = resolved.credential()
    host.tell(f"asking {credential.endpoint}")
    request = Request(
        f"{credential.endpoint.rstrip('/')}/v1/models?limit=1",
        headers={**credential.headers(), "anthropic-version": "2023-06-01"},
    )
    try:
        status = host.send(request).status
    except NetworkError as error:
        return Verification(None, f"not known: {error.where} {error.problem}")
    if status in _ALIVE:
        return Verification(usable=True, said=f"{credential.endpoint} takes it")
    if status in _DEAD:
        return Verification(usable=False, said=f"{credential.endpoint} refuses it ({status})")
    return Verification(None, f"not known: {credential.endpoint} answered {status}")
