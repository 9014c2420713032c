"""Writes the pages, and parts of pages, that come from the code.

`./dev docs` runs it. With `--check` it writes nothing, names what is stale, and ends with 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from keyhole_docs import command_line, exits, hooks, options, plugins, schemas, terminal
from keyhole_docs.markdown import between

__all__ = ["main", "stale", "written"]

_REFERENCE = Path(__file__).parent / "reference"
_IMAGES = Path(__file__).parent / "images"


def written() -> Iterator[tuple[Path, str]]:
    """Each generated page with the text that it must have now."""
    for name, page in (
        ("command-line.md", command_line.page),
        ("errors.md", exits.page),
        ("json.md", schemas.page),
        ("plugins.md", plugins.page),
    ):
        yield _REFERENCE / name, page()
    for theme in ("light", "dark"):
        yield _IMAGES / f"status-{theme}.svg", terminal.picture(theme)
    said = _read("configuration.md")
    yield _REFERENCE / "configuration.md", between(said, "keys", options.section(said))
    yield _REFERENCE / "hooks.md", between(_read("hooks.md"), "hooks", hooks.section())


def stale() -> list[tuple[Path, str]]:
    """The pages that are not as they must be."""
    return [
        (page, text)
        for page, text in written()
        if not page.exists() or page.read_text(encoding="utf-8") != text
    ]


def _read(name: str) -> str:
    return (_REFERENCE / name).read_text(encoding="utf-8")


def main() -> None:
    """The script."""
    pages = stale()
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(f"{page} is stale: ./dev docs" for page, _ in pages) or 0)
    for page, text in pages:
        page.write_text(text, encoding="utf-8")
    if nameless := options.silent(_read("configuration.md")):
        sys.exit(f"say in docs/reference/configuration.md what these do: {', '.join(nameless)}")


if __name__ == "__main__":
    main()
