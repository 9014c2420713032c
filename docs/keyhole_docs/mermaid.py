"""The extension of Sphinx that puts a diagram into a page, as inline SVG."""

from __future__ import annotations

from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from keyhole_docs.diagrams import drawn

__all__ = ["setup"]


class _Diagram(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        try:
            svg = drawn("\n".join(self.content))
        except ValueError as error:
            raise self.error(str(error)) from error
        return [nodes.raw("", f'<div class="diagram">{svg}</div>', format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("mermaid", _Diagram)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
