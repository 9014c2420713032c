"""Diagrams: the text of a `mermaid` block as an SVG.

A git host draws such a block itself, and the text can be read as it is. Here it is drawn without a
browser, a script or a network, for the part of the language that the pages use: flow charts from
the top down, and sequence diagrams. Colours are the theme's, so that light and dark both fit.
"""

from __future__ import annotations

from keyhole_docs.diagrams import flow, sequence

__all__ = ["drawn"]

_KINDS = {"flowchart TD": flow.drawn, "sequenceDiagram": sequence.drawn}


def drawn(text: str) -> str:
    """The SVG of a diagram.

    Raises:
        ValueError: It is of a kind, or has a line, that can't be drawn here.
    """
    head, *lines = [line.strip() for line in text.strip().splitlines()] or [""]
    if head not in _KINDS:
        raise ValueError(f"'{head}' is no kind of diagram that is drawn here: {', '.join(_KINDS)}")
    return _KINDS[head]([line for line in lines if line and not line.startswith("%%")])
