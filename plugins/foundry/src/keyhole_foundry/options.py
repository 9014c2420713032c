"""What keyhole's configuration can say about Foundry."""

from __future__ import annotations

from keyhole import Option
from keyhole_foundry.names import NAMES, known

__all__ = ["CREDENTIAL", "SCOPE"]


def _credential(value: object) -> str | None:
    return known(value) or None if isinstance(value, str) else None


def _scope(value: object) -> str | None:
    return value if isinstance(value, str) and value and value.isprintable() else None


CREDENTIAL = Option("foundry.credential", f"one of {', '.join(NAMES)}", _credential, "")
"""Which Entra credential it is to be, before `AZURE_TOKEN_CREDENTIALS` is asked."""

SCOPE = Option("foundry.scope", 'a scope such as "https://ai.azure.com/.default"', _scope, "")
"""What the token is asked for, instead of the cloud's own."""
