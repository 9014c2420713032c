"""What a setup token looks like, so that one that was cut off or wrapped is seen before its use."""

from __future__ import annotations

import re

from keyhole import Secret
from keyhole.flaw import Flaw, of_token

__all__ = ["flaw"]

PREFIX = "sk-ant-oat"
SHORTEST = 80
"""Characters; those that Claude Code prints have 108, and what is cut off has fewer."""

_AGAIN = "copy the whole token again, on one line"
_OTHERS = {
    "sk-ant-api": Flaw(
        "is an API key (sk-ant-api…), not a setup token",
        "export it as ANTHROPIC_API_KEY, or run `keyhole setup-token`",
    ),
    "sk-ant-ort": Flaw(
        "is a refresh token (sk-ant-ort…), which belongs to Claude Code alone",
        "run `keyhole setup-token`, and take what it prints",
    ),
}
_ASSIGNED = re.compile(r"(?:export\s+)?[A-Z_]+=")


def flaw(value: Secret) -> Flaw | None:
    """What is wrong with a text that should be a setup token; None where nothing visibly is."""
    text = value.reveal()
    if _ASSIGNED.match(text):
        return Flaw("begins with a variable's name", "give the value alone")
    if text[:1] in ("'", '"'):
        return Flaw("is in quotation marks", "give it without them")
    wrong = of_token("the token", value)
    if wrong:
        return Flaw(f"{wrong.reason} (a terminal may have wrapped it)", _AGAIN)
    other = next((_OTHERS[prefix] for prefix in _OTHERS if text.startswith(prefix)), None)
    if other:
        return other
    if not text.startswith(PREFIX):
        return Flaw(f"does not begin with {PREFIX}", _AGAIN)
    if len(text) < SHORTEST:
        return Flaw(f"has only {len(text)} characters, so it was cut off", _AGAIN)
    return None
