"""A JSON file that knows on which line each of its keys stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole.files import Text
from keyhole.frozen import field, frozen
from keyhole.secret import Secret
from keyhole.where import Where

__all__ = ["Document", "parse"]

_BLANK = " \t\r\n"


@frozen
class Document:
    """What a JSON file holds, or what is wrong with it.

    Attributes:
        place: The path of the file, or what stands for it (`--settings`).
        data: The object in the file; empty where there is none or it is broken.
        problem: What is wrong, as the rest of "the file …"; empty if nothing is.
        exposed: Everyone on the machine can write it.
        missing: There is no such file.
    """

    place: str
    data: Mapping[str, Any] = field(factory=dict, repr=False)
    problem: str = ""
    exposed: bool = False
    missing: bool = False
    _text: Secret = field(factory=lambda: Secret(""), alias="text", repr=False)

    def get(self, *keys: str) -> Any:
        """The value under a path of keys; None where any of them is missing."""
        value: Any = self.data
        for key in keys:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        return value

    def where(self, *keys: str) -> Where:
        """The place of a path of keys, with its line."""
        return Where(self.place, ".".join(keys), _line_of(self._text, keys))


def parse(text: Text) -> Document:
    """Reads a file's text as one JSON object; never raises."""
    place = str(text.path)
    if text.content is None:
        return Document(place, problem=text.problem, missing=text.missing, exposed=text.exposed)
    data, problem = _load(text.content)
    if problem:
        return Document(place, problem=problem, exposed=text.exposed)
    return Document(place, data, exposed=text.exposed, text=text.content)


def _load(content: Secret) -> tuple[dict[str, Any], str]:
    # A machine may well have no such file at all.
    import json

    try:
        data = json.loads(content.reveal(), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        # Only the position is kept: the error itself carries the whole document.
        problem = f"is not valid JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        problem = "is not valid JSON (nested too deeply, a number too long, or NaN)"
    else:
        if isinstance(data, dict):
            return data, ""
        problem = "does not hold a JSON object"
    return {}, problem


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's own idea of JSON."""
    raise ValueError(constant)


def _line_of(content: Secret, keys: tuple[str, ...]) -> int | None:
    """The line of a key path in a document that is known to parse; None where it isn't there."""
    text = content.reveal()
    spot = line_at = 0
    try:
        for key in keys:
            found = _member(text, _skip_blank(text, spot), key)
            if found is None:
                return None
            line_at, spot = found
    except RecursionError:
        # Asked from deep inside other calls, there may be no room left to skip a deep value.
        return None
    return text.count("\n", 0, line_at) + 1 if keys else None


def _member(text: str, spot: int, wanted: str) -> tuple[int, int] | None:
    """Where the key and where the value of an object's member begin; the last one of its name."""
    from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]

    found = None
    if text[spot : spot + 1] != "{":
        return None
    spot = _skip_blank(text, spot + 1)
    while text[spot : spot + 1] == '"':
        key_at = spot
        key, spot = scanstring(text, spot + 1, False)  # noqa: FBT003  # its only signature
        value_at = _skip_blank(text, _skip_blank(text, spot) + 1)
        if key == wanted:
            found = key_at, value_at
        _, spot = JSONDecoder(strict=False).raw_decode(text, value_at)
        spot = _skip_blank(text, spot)
        if text[spot : spot + 1] == ",":
            spot = _skip_blank(text, spot + 1)
    return found


def _skip_blank(text: str, spot: int) -> int:
    while spot < len(text) and text[spot] in _BLANK:
        spot += 1
    return spot
