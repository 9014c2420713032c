"""Pictures that come in two colours: `status-light.svg` brings `status-dark.svg` along.

A page names the light one, as any Markdown does, or both in a `<picture>`, as git hosts know it.
The site shows whichever fits its colours.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx

__all__ = ["setup"]

_LIGHT, _DARK = "-light.svg", "-dark.svg"
_PICTURE = re.compile(r'<picture>.*?<img alt="([^"]*)" src="([^"]*)">\s*</picture>', re.DOTALL)


def _read(_app: Sphinx, _docname: str, source: list[str]) -> None:
    source[0] = _PICTURE.sub(r"![\1](\2)", source[0])


def _paired(_app: Sphinx, doctree: nodes.document) -> None:
    folder = Path(str(doctree["source"])).parent
    for light in list(doctree.findall(nodes.image)):
        if not light["uri"].endswith(_LIGHT):
            continue
        dark = light.deepcopy()
        dark["uri"] = light["uri"].removesuffix(_LIGHT) + _DARK
        if not (folder / dark["uri"]).exists():
            raise FileNotFoundError(folder / dark["uri"])
        light["classes"].append("only-light")
        dark["classes"].append("only-dark")
        light.parent.insert(light.parent.index(light) + 1, dark)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    # Before Sphinx's own collectors of images, which run at 500.
    app.connect("doctree-read", _paired, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
