"""What `[audit]` in keyhole's configuration says."""

from __future__ import annotations

import re
from typing import Any

from keyhole import Option
from keyhole.frozen import frozen

__all__ = ["EXCEPTIONS", "IGNORE", "Exempt", "exceptions_of", "is_code"]

_CODE = re.compile(r"[A-Z]{2,12}(?:[0-9]{0,3})")


@frozen
class Exempt:
    """An exception.

    Attributes:
        code: The code, or the beginning of a family's codes: "KH101", "KH3".
        path: A pattern for the path (`fnmatch`, `*` crosses folders); empty means every place.
        reason: Why it is right as it is.
    """

    code: str
    path: str
    reason: str


def is_code(text: Any) -> bool:
    """Whether something is a code, or the beginning of one."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def exceptions_of(value: Any) -> tuple[Exempt, ...] | None:
    """The exceptions that a list of tables stands for; None where one of them is not allowed."""
    if not isinstance(value, list):
        return None
    made = [_exception(item) for item in value]
    return tuple(one for one in made if one) if all(made) else None


def _exception(item: Any) -> Exempt | None:
    if not isinstance(item, dict) or not item.keys() <= {"code", "path", "reason"}:
        return None
    code, path, reason = item.get("code"), item.get("path", ""), item.get("reason")
    texts = isinstance(path, str) and isinstance(reason, str) and reason.strip()
    return Exempt(str(code), str(path), str(reason)) if is_code(code) and texts else None


def _codes(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(is_code(code) for code in value):
        return tuple(value)
    return None


EXCEPTIONS = Option(
    "audit.exceptions",
    'a list of tables with code, reason and perhaps path: {code = "KH101", reason = "…"}',
    exceptions_of,
    (),
)
IGNORE = Option("audit.ignore", 'a list of codes: ["KH302", "KH5"]', _codes, ())
