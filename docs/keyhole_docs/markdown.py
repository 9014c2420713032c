"""Pieces of Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

__all__ = ["GENERATED", "between", "code", "first_sentence", "table"]

GENERATED = "<!-- written by docs/generate.py: `./dev docs` renews it -->"
"""Stands at the top of a page that is written as a whole."""

_BEGIN = "<!-- begin {name}: written by docs/generate.py, `./dev docs` renews it -->"
_END = "<!-- end {name} -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a `|` in a cell is kept from ending it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def code(words: Iterable[str], *, none: str = "none") -> str:
    """Each word as code, with commas between them."""
    return ", ".join(f"`{word}`" for word in words) or none


def between(page: str, name: str, text: str) -> str:
    """A page with a new text between the markers of that name.

    Raises:
        ValueError: The page has no such markers.
    """
    begin, end = _BEGIN.format(name=name), _END.format(name=name)
    if begin not in page or end not in page:
        raise ValueError(f"no markers for '{name}': {begin} … {end}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def first_sentence(described: object) -> str:
    """The first sentence of a docstring, on one line, with its full stop."""
    doc = " ".join((inspect.getdoc(described) or "").partition("\n\n")[0].split())
    return doc.replace("``", "`")
