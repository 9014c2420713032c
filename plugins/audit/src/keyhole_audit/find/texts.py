"""Secrets in a value that has a name, and in a command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from keyhole import Secret
from keyhole_audit.find.hit import Hit, apart
from keyhole_audit.find.naming import (
    AUTHORIZATION,
    is_public,
    names_a_password,
    names_a_secret,
)
from keyhole_audit.find.placeholder import is_placeholder, without_references
from keyhole_audit.find.shapes import shaped

__all__ = ["BY_NAME", "in_command", "in_value"]

_PASSWORD, _CREDENTIAL, _KEY_OR_TOKEN = "a password", "a credential", "a key or a token"
BY_NAME = frozenset({_PASSWORD, _CREDENTIAL, _KEY_OR_TOKEN})
"""The kinds that a name alone tells."""

_SCHEME = re.compile(r"(?i)(?:bearer|basic|token|api-?key)\s+")
_SHORTEST = 8
_DEEPEST = 4
_KEY = 12
_LONG_WORD = 24
_PAIR = re.compile(
    r"""
    (?<![\w-])
    (?: (?P<option> --?[A-Za-z][\w-]*+) (?:\s+|=) | (?P<name> [A-Za-z][\w-]*+) ["']? \s* [:=] \s* )
    ["']?
    (?: (?i:bearer|basic|token) \s+ )?
    (?P<value> (?: \$\{\{[^}]{0,200}\}\} | \$\([^)]{0,200}\) | [^\s"'`;|&)\\,] )+ )
    """,
    re.VERBOSE,
)
_PLAIN = re.compile(
    r"""(?ix)
    [a-z][a-z+.-]*:// | [\w.]+\( | [./~]*/
    | [^\s?&=]+\.(?:json|pem|key|crt|ya?ml|toml)\Z"""
)
_BEFORE = re.compile(
    r"""(--?[A-Za-z][\w-]*(?=[=\s])|[A-Za-z][\w-]*(?=["']?\s*[:=]))["']?(?:\s*[:=]\s*|\s+)"""
    r"""["']?(?:(?i:bearer|basic|token)\s+)?$"""
)
_NAME = 120
"""How far before a value its name is looked for, in characters."""


def in_value(name: str, value: str) -> list[Hit]:
    """The secrets in the value of a variable or a header.

    Args:
        name: What the value stands under.
        value: The value.
    """
    hits = [attrs.evolve(hit, name=name) for hit in shaped(value) if not _is_public(name, hit)]
    if hits:
        return hits
    scheme = _SCHEME.match(value)
    return _by_name(name, value, scheme.end() if scheme else 0)


def in_command(line: str) -> list[Hit]:
    """The secrets in a command line: in assignments, options, headers, or by their shape."""
    named = [
        attrs.evolve(hit, start=hit.start + at)
        for name, value, at in _pairs(line)
        for hit in _by_name(name, value, 0)
    ]
    by_shape = [attrs.evolve(hit, name=_name_before(line, hit.start)) for hit in shaped(line)]
    return apart([*(hit for hit in by_shape if not _is_public(hit.name, hit)), *named])


def _pairs(line: str) -> Iterator[tuple[str, str, int]]:
    spot = nested = 0
    while pair := _PAIR.search(line, spot):
        name, value, at = pair["option"] or pair["name"], pair["value"], pair.start("value")
        yield name.lstrip("-"), _inside(value.removesuffix(":*")), at
        # What follows a name may be a name itself: `-H "Authorization: …"`, `-e NAME=value`.
        # Nobody writes more than a few into one another, and each looks at all the rest again.
        inside = nested < _DEEPEST and ("=" in value or value.endswith(":"))
        spot, nested = (at, nested + 1) if inside else (pair.end(), 0)


def _inside(value: str) -> str:
    """A value without the brackets that close what it stands in: `{A_TOKEN: value}` of YAML."""
    closing = len(value) - len(value.rstrip("}]"))
    unopened = sum(map(value.count, "}]")) - sum(map(value.count, "{["))
    return value[: len(value) - min(closing, max(0, unopened))]


def _name_before(line: str, start: int) -> str:
    """The name that what begins here stands under; empty where there is none."""
    before = _BEFORE.search(line[max(0, start - _NAME) : start])
    return before[1].lstrip("-") if before else ""


def _by_name(name: str, value: str, start: int) -> list[Hit]:
    """What stands in a value from `start` on, where the name alone says that it is a secret."""
    rest, referred = without_references(value[start:].strip())
    if not _is_secret(name, rest, partly=referred):
        return []
    at = value.find(rest, start)
    return [Hit(_kind(name), Secret(rest), at, name)] if at >= 0 else []


def _is_secret(name: str, text: str, *, partly: bool) -> bool:
    if len(text) < _SHORTEST or is_placeholder(text) or _is_plain(text):
        return False
    if name.lower() in AUTHORIZATION:
        return not partly or any(map(str.isdigit, text))
    return names_a_secret(name) and (names_a_password(name) or _looks_random(text))


def _looks_random(text: str) -> bool:
    mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    return len(text) >= _KEY and (mixed or len(text) >= _LONG_WORD) and " " not in text


def _is_plain(text: str) -> bool:
    """What a secret's neighbour holds: an address, a path, a file's name, a call, a sentence."""
    return _PLAIN.match(text) is not None or text.count(" ") > 1


def _is_public(name: str, hit: Hit) -> bool:
    return is_public(name) and hit.kind in ("a JSON Web Token", "a Google API key")


def _kind(name: str) -> str:
    if names_a_password(name):
        return _PASSWORD
    return _CREDENTIAL if name.lower() in AUTHORIZATION else _KEY_OR_TOKEN
