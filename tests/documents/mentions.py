"""The commands that a page mentions in its text: `keyhole status --json`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

__all__ = ["mentions"]

_OPTION = re.compile(r"--?[a-z][\w-]*")
_WORD = re.compile(r"[a-z][a-z-]*")


def mentions(page: Path) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each command with its options, as far as both are written out.

    What follows the first word that is a value or a placeholder is not looked at.
    """
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        for inline in token.children or ():
            if inline.type == "code_inline" and inline.content.startswith("keyhole "):
                yield _read(inline.content.split())


def _read(typed: list[str]) -> tuple[tuple[str, ...], set[str]]:
    words, options = ["keyhole"], set()
    for word in typed[1:]:
        if word == "--":
            break
        if _OPTION.fullmatch(word):
            options.add(word)
        elif not options and _WORD.fullmatch(word):
            words.append(word)
        else:
            break
    return tuple(words), options
