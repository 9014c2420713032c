"""The key of the table `[onepassword]` in keyhole's configuration."""

from __future__ import annotations

import re

from keyhole import Option

__all__ = ["REFERENCE"]

# https://developer.1password.com/docs/cli/secret-reference-syntax
_PART = r"[A-Za-z0-9._-](?:[A-Za-z0-9 ._-]*[A-Za-z0-9._-])?"
_REFERENCE = re.compile(rf"op://{_PART}(?:/{_PART}){{2,3}}")


def _reference(value: object) -> str | None:
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


REFERENCE = Option(
    "onepassword.reference", 'a secret reference: "op://VAULT/ITEM/FIELD"', _reference, ""
)
"""Where the key is in 1Password; it is no secret itself."""
