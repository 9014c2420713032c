"""AWS access keys, as the tools hand them on.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html has the format,
which `awsCredentialExport` shares; `aws sts` puts the same inside `Credentials`.
"""

from __future__ import annotations

import json
from typing import Any

from keyhole import Secret
from keyhole.frozen import field, frozen
from keyhole_bedrock.sso import seconds

__all__ = ["Keys", "Misprint", "parse"]


@frozen
class Keys:
    """A pair of keys.

    Attributes:
        access_key_id: Which pair it is.
        secret_access_key: What requests are signed with.
        session_token: What goes with temporary keys; None for those that last.
        expires_at: Their end, in seconds since the epoch; None where that is not known.
    """

    access_key_id: str = field(repr=False)
    secret_access_key: Secret
    session_token: Secret | None = None
    expires_at: float | None = None


@frozen
class Misprint:
    """What is wrong with a text that should hold keys; nothing of the text itself."""

    reason: str


def parse(text: bytes) -> Keys | Misprint:
    """Keys from JSON, flat or inside `Credentials`."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Misprint("it printed something other than a JSON object")
    inner = said.get("Credentials", said)
    if not isinstance(inner, dict):
        return Misprint("its Credentials are not a JSON object")
    missing = [name for name in ("AccessKeyId", "SecretAccessKey") if not _text(inner, name)]
    if missing:
        return Misprint(f"what it printed has no {' and no '.join(missing)}")
    return _keys(inner)


def _keys(inner: dict[str, Any]) -> Keys | Misprint:
    ends = inner.get("Expiration")
    expires_at = seconds(ends)
    if ends and expires_at is None:
        return Misprint("its Expiration is not a time of ISO 8601")
    token = _text(inner, "SessionToken")
    return Keys(
        _text(inner, "AccessKeyId"),
        Secret(_text(inner, "SecretAccessKey")),
        Secret(token) if token else None,
        expires_at,
    )


def _text(inner: dict[str, Any], name: str) -> str:
    value = inner.get(name)
    return value if isinstance(value, str) else ""
