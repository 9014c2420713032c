"""What must not show in an error: the texts of this machine that may be secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

__all__ = ["of_line", "of_variables"]

_NAMES = re.compile(r"KEY(?!HOLE)|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|HEADERS")
_WORDS = re.compile(r"""[^\s"'`,;:=&|<>(){}\[\]]+""")
_LONG = 8
"""A shorter text is no secret, and leaving it out would leave no sentence whole."""


def of_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """The values of variables that are called like secrets."""
    for name, text in environ.items():
        if _NAMES.search(name.upper()) and len(text) >= _LONG:
            yield text


def of_line(text: str) -> Iterator[str]:
    """The long words of a command line, or of what a command printed, but no paths."""
    yield from (word for word in _WORDS.findall(text) if len(word) >= _LONG and "/" not in word)
