"""What Google's library raised, as an error that says what to do; never a secret."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from keyhole.errors import BrokenCredentialError, HelperError, KeyholeError, NetworkError
from keyhole.redaction import redact
from keyhole_vertex.adc import EXECUTABLES, Adc
from keyhole_vertex.forms import LOGIN

__all__ = ["translated"]

_WIDTH = 300
_SECRET_KEYS = frozenset({"client_secret", "private_key", "private_key_id", "refresh_token"})
_OUTPUT = " Error: "
"""What stands before a program's whole output, which may be the token itself."""


def translated(error: Exception, adc: Adc) -> KeyholeError:
    """The error to raise, outside the block that caught this one."""
    from google.auth.exceptions import GoogleAuthError

    where = str(adc.where) if adc.where else "the metadata server"
    remedy = adc.form.renewal if adc.form else LOGIN
    if isinstance(error, subprocess.TimeoutExpired):
        return HelperError(
            f"the program that prints the subject token took more than {error.timeout:g} seconds",
            where=where,
            remedy="make it faster, or raise `timeout_millis` there",
        )
    if not isinstance(error, GoogleAuthError):
        # A private key that is no key, a field of the wrong type: the text may repeat the value.
        return BrokenCredentialError(
            f"google-auth can't use what it holds ({type(error).__name__})",
            where=where,
            remedy=remedy,
        )
    said = _plainly(error, adc)
    if _is_passing(error):
        return NetworkError(
            f"Google gave no token: {said}",
            where=where,
            remedy="check the network and the proxy, and try again",
        )
    if EXECUTABLES in said:
        remedy = f"export {EXECUTABLES}=1 in the shell: google-auth does not read settings"
    return BrokenCredentialError(f"Google gave no token: {said}", where=where, remedy=remedy)


def _is_passing(error: Exception) -> bool:
    """Whether it says nothing about the credentials: a network's or a server's failure."""
    from google.auth.exceptions import TransportError

    cause = error.args[0] if error.args else None
    return (
        isinstance(error, TransportError)
        or isinstance(cause, TransportError)
        or bool(getattr(error, "retryable", False))
    )


def _plainly(error: Exception, adc: Adc) -> str:
    """Its first argument alone: the second is the server's whole answer."""
    text = str(error.args[0]) if error.args else type(error).__name__
    line = " ".join(text.partition(_OUTPUT)[0].split())
    return redact(line, *_secrets(adc.document.data))[:_WIDTH]


def _secrets(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _secrets(value)
        elif key in _SECRET_KEYS and isinstance(value, str):
            yield value
