"""What a helper prints: the bare key, or the JSON object of keyhole's helper contract."""

from __future__ import annotations

import json

from keyhole.record import TokenRecord
from keyhole_vault_helper.errors import VaultError

__all__ = ["rendered"]


def rendered(record: TokenRecord, kind: str, *, as_json: bool) -> str:
    """The one line.

    Args:
        record: The key.
        kind: What it is: "api-key".
        as_json: Whether to say that, and when its lease ends; Claude Code takes only the bare key.
    """
    if record.access_token is None:
        raise VaultError("the kept record holds no key")
    if not as_json:
        return record.access_token.reveal()
    said = {"value": record.access_token.reveal(), "kind": kind}
    if record.expires_at is not None:
        return json.dumps({**said, "expires_at": record.expires_at})
    return json.dumps(said)
