"""The blocks of code on a page of Markdown, as CommonMark sees them.

Two comments speak to the tests, and show on no page:

* `<!-- not run: REASON -->` before a block says why it can't be run here;
* `<!-- page not run: REASON -->` says it of the whole page;
* `<!-- run` … `-->` holds a transcript that prepares what the page takes for granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs
from markdown_it import MarkdownIt

__all__ = ["Block", "blocks"]

_NOT_RUN = re.compile(r"^<!-- not run: (.+?) -->$", re.DOTALL)
_PAGE = re.compile(r"^<!-- page not run: (.+?) -->$", re.MULTILINE)
_RUN = re.compile(r"^<!-- run\n(.*)-->$", re.DOTALL)


@attrs.frozen
class Block:
    """A block of code.

    Attributes:
        page: Where it stands.
        line: The line of its fence.
        language: The word behind the fence; empty where there is none.
        text: What is in it.
        not_run: Why it is not run; empty where it is.
    """

    page: Path
    line: int
    language: str
    text: str
    not_run: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The name of the file that it is, where its first line is a comment with one."""
        named = re.match(r"# (\S*[./]\S*)\n", self.text)
        return named[1] if named else ""


def blocks(page: Path) -> Iterator[Block]:
    """Every block of a page from top to bottom, hidden ones too."""
    text = page.read_text(encoding="utf-8")
    whole = _PAGE.search(text)
    always = reason = whole[1] if whole else ""
    for token in MarkdownIt("commonmark").parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type in ("fence", "code_block"):
            yield Block(page, line, token.info.strip(), token.content, reason)
            reason = always
        elif token.type == "html_block":
            comment = token.content.strip()
            if said := _NOT_RUN.match(comment):
                reason = " ".join(said[1].split())
            elif hidden := _RUN.match(comment):
                yield Block(page, line, "console", hidden[1], always)
