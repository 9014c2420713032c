"""The language that a helper speaks on stdout: one token, or one JSON object.

    output = token [LF | CR LF] | object
    token  = 1 to 16384 characters of printable ASCII without white space
    object = a JSON object with "value" (a token), and optionally "kind" ("api-key" or "bearer")
             and "expires_at" (seconds since the epoch, or RFC 3339); white space around it is fine

What begins like an object is one. Everything else is an error, and no error repeats what was
printed: half a key is half a secret.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NoReturn

from keyhole import API_KEY, BEARER, HELPER_OUTPUT, Kind, Secret
from keyhole.errors import HelperError
from keyhole.flaw import misplaced
from keyhole_api_key_helper.value import Value

__all__ = ["LIMIT", "parse"]

LIMIT = 16_384
"""The most characters that a token may have."""

_KINDS = {API_KEY.name: API_KEY, BEARER.name: BEARER}
_KEYS = ("value", "kind", "expires_at")
_BLANK = " \t\r\n"
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII
)
_MILLISECONDS = 1e11
"""As seconds this is the year 5138; as milliseconds it was 1973."""

_HARMLESS_KEY = re.compile(r"[A-Za-z][A-Za-z_-]{0,19}", re.ASCII)


def parse(stdout: bytes, now: float) -> Value:
    """Understands what a helper printed.

    Args:
        stdout: All of it.
        now: The clock, in seconds since the epoch.

    Raises:
        HelperError: It is not of the language, or it has ended already.
    """
    text = _decode(stdout)
    value = _object(text, now) if text.lstrip(_BLANK).startswith("{") else _plain(text, now)
    if value.expires_at is not None and value.expires_at <= now:
        raise HelperError("it printed a value that has ended already (expires_at is in the past)")
    return value


def _decode(stdout: bytes) -> str:
    try:
        return stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + 1
    # Raised out here: the decoder's own error carries everything that was printed.
    raise HelperError(f"it printed something that is no text, at byte {at}")


def _plain(text: str, now: float) -> Value:
    """A token with at most one line end."""
    line = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not text.strip():
        raise HelperError("it printed nothing" + (" but white space" if text else ""))
    if "\n" in line:
        raise HelperError(f"it printed {line.count(chr(10)) + 1} lines where one token belongs")
    return Value(_token(line, "what it printed"), now)


def _token(text: str, called: str) -> Secret:
    if not text:
        raise HelperError(f"{called} is empty")
    if len(text) > LIMIT:
        raise HelperError(f"{called} has {len(text)} characters, which is more than {LIMIT}")
    for position, character in enumerate(text, start=1):
        kind = misplaced(character)
        if kind:
            raise HelperError(f"{called} has {kind} at character {position}")
    return Secret(text)


def _object(text: str, now: float) -> Value:
    found = _load(text)
    strangers = [_shown(key) for key in found if key not in _KEYS]
    if strangers:
        raise HelperError(
            f"its JSON has the key {', '.join(strangers)}, which means nothing here; "
            f"the keys are {', '.join(_KEYS)}"
        )
    if not isinstance(found.get("value"), str):
        raise HelperError('its JSON has no text under the key "value"')
    secret = _token(found["value"], 'the "value" of its JSON')
    return Value(secret, now, _kind(found), _end(found))


def _load(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        problem = "nested too deeply, a key twice, or no number"
    else:
        return found
    raise HelperError(f"it printed something like JSON that is not valid ({problem})")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("no number")


def _kind(found: dict[str, Any]) -> Kind:
    if "kind" not in found:
        return HELPER_OUTPUT
    named = found["kind"]
    if not isinstance(named, str) or named not in _KINDS:
        raise HelperError(f'the "kind" of its JSON is none of {", ".join(_KINDS)}')
    return _KINDS[named]


def _end(found: dict[str, Any]) -> float | None:
    if "expires_at" not in found:
        return None
    said = found["expires_at"]
    end = _moment(said) if isinstance(said, str) else _seconds(said)
    if end is None:
        raise HelperError(
            'the "expires_at" of its JSON is neither seconds since the epoch nor a time as in '
            "2027-01-15T08:00:00Z"
        )
    return end


def _seconds(said: object) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if -_MILLISECONDS < said < _MILLISECONDS else None


def _moment(said: str) -> float | None:
    if not _RFC3339.fullmatch(said):
        return None
    try:
        return datetime.fromisoformat(said.upper()).timestamp()
    except (ValueError, OverflowError):
        return None


def _shown(key: str) -> str:
    """A key's name where that is a word; a helper that confuses keys and values prints a secret."""
    return f'"{key}"' if _HARMLESS_KEY.fullmatch(key) else f"of {len(key)} characters"
