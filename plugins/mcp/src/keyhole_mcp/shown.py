"""An entry of `.mcp.json` as whoever decides about it is shown it: what it runs, and whom it asks.

Names show, and values that may be secrets do not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from keyhole.redaction import MASK, asks_for_secret, printable, redact, redact_command

__all__ = ["rows"]

_PLAIN = re.compile(r"[\w.~+/=:@%, -]+")
_SAID = frozenset({"args", "command", "env", "headers", "headersHelper", "oauth", "type", "url"})


def rows(entry: Any) -> tuple[str, ...]:
    """What an entry chooses, on one line each; the first is the program or the URL."""
    if not isinstance(entry, dict):
        return ("no object",)
    return tuple(printable(row) for row in _rows(entry))


def _rows(entry: Mapping[str, Any]) -> Iterator[str]:
    if "url" in entry:
        yield _url(str(entry["url"]))
    if "command" in entry:
        yield f"runs {_line(entry)}"
    if not {"url", "command"} & entry.keys():
        yield "neither a url nor a command"
    if "headersHelper" in entry:
        yield f"runs for its headers: {redact_command(str(entry['headersHelper']))}"
    for what in ("headers", "env"):
        if entry.get(what):
            yield f"{what}: {_names(entry[what])}"
    if entry.get("oauth"):
        yield f"oauth: {_oauth(entry['oauth'])}"
    if others := sorted(entry.keys() - _SAID):
        yield f"also: {', '.join(others)}"


def _line(entry: Mapping[str, Any]) -> str:
    """The command line, with each word that holds or follows the name of a secret masked."""
    args = entry.get("args", [])
    words = [str(word) for word in (entry["command"], *(args if isinstance(args, list) else []))]
    before = ["", *words[:-1]]
    return redact_command(shlex.join(map(_word, before, words)))


def _word(before: str, word: str) -> str:
    """A word that is all secret without its value; what may be more than a word as it is."""
    name, equals, _ = word.partition("=")
    if not _PLAIN.fullmatch(word):
        return word
    if before.startswith("-") and asks_for_secret(f"{before} "):
        return "x"
    return f"{name}=x" if equals and not name.count(" ") and asks_for_secret(f"{name}=") else word


def _url(url: str) -> str:
    """The URL; of its query the names alone."""
    base, asks, query = url.partition("?")
    names = "&".join(f"{part.partition('=')[0]}={MASK}" for part in query.split("&"))
    return redact(base) + (f"?{names}" if asks else "")


def _names(given: Any) -> str:
    return ", ".join(map(str, given)) if isinstance(given, dict) else "no object"


def _oauth(block: Any) -> str:
    """Its keys, and of them the URL that says where tokens come from."""
    at = block.get("authServerMetadataUrl") if isinstance(block, dict) else None
    return _names(block) + (f" ({_url(str(at))})" if at else "")
