"""What the name of a variable, a header or an option says about its value."""

from __future__ import annotations

import re

__all__ = ["AUTHORIZATION", "is_public", "names_a_password", "names_a_secret"]

AUTHORIZATION = frozenset({"authorization", "proxy-authorization"})
"""Headers whose value is a credential whatever it looks like (RFC 9110, section 11.6.2)."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORD = re.compile(r"passw(?:or)?d|pwd|pass|passphrase")
_LAST = re.compile(rf"{_PASSWORD.pattern}|token|secret|apikey|credentials?|pat")
_BEFORE_KEY = re.compile(
    r"access|account|admin|anthropic|api|app|auth|client|encryption|license|master|openai|private"
    r"|secret|service|shared|signing|storage|subscription|webhook"
)
_PUBLIC = re.compile(r"public|publishable|anon|pub")
_NOT_SECRET = re.compile(r"csrf|max|min|num|count|limit|next|page|design|id")


def names_a_secret(name: str) -> bool:
    """Whether what has this name is meant to be secret: `GITHUB_TOKEN`, `x-api-key`, `apiKey`."""
    words = _words(name)
    if not words or is_public(name) or any(map(_NOT_SECRET.fullmatch, words[:-1])):
        return False
    if _LAST.fullmatch(words[-1]):
        return True
    return words[-1] == "key" and bool(words[1:] and _BEFORE_KEY.fullmatch(words[-2]))


def names_a_password(name: str) -> bool:
    """Whether a person may have chosen the value, so that it need not look random."""
    return any(map(_PASSWORD.fullmatch, _words(name)[-1:]))


def is_public(name: str) -> bool:
    """Whether the name says that everybody may know the value: `NEXT_PUBLIC_ANON_KEY`."""
    return any(map(_PUBLIC.fullmatch, _words(name)))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
