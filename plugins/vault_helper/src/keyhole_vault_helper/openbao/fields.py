"""The one field of a secret that is the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole.spelling import meant
from keyhole_vault_helper.errors import VaultError

__all__ = ["picked"]

_MANY = 8


def picked(fields: Mapping[str, Any], name: str, place: str) -> Secret | None:
    """The value of a field; None where it is no text.

    Args:
        fields: What the secret holds.
        name: The field; empty takes the only one.
        place: Where the secret is, for the error.

    Raises:
        VaultError: There is no such field, or there are several and none is named.
    """
    chosen = next(iter(fields)) if not name and len(fields) == 1 else name
    if chosen in fields:
        return Secret(fields[chosen]) if isinstance(fields[chosen], str) else None
    there = ", ".join(printable(one) for one in sorted(fields)[:_MANY]) or "none"
    problem = (
        f"there is no field '{printable(name)}'{meant(name, fields)}"
        if name
        else "the secret has several fields"
    )
    raise VaultError(
        f"{problem}; the fields are: {there}",
        where=place,
        remedy="name the field with the key in 'vault.field'",
    )
