"""The site's table of contents, taken from the lists of links on the front page.

On a git host the front page is a page of links. Sphinx wants `toctree` directives, which would show
there as code. So they are added while Sphinx reads the page: one for each heading with a list.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

__all__ = ["setup", "with_contents"]

_HEADING = re.compile(r"^## (.+)$")
_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)#:]+)\.md\)")


def with_contents(text: str) -> str:
    """A page with a hidden `toctree` for each `##` heading that has links to pages under it."""
    return "\n".join([text, *map(_toctree, _chapters(text).items())])


def _chapters(text: str) -> dict[str, list[str]]:
    chapters: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            title = heading[1]
        elif entry := _ENTRY.match(line):
            chapters.setdefault(title, []).append(f"{entry[1]} <{entry[2]}>")
    return chapters


def _toctree(chapter: tuple[str, list[str]]) -> str:
    title, pages = chapter
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""])


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == app.config.root_doc:
        source[0] = with_contents(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
