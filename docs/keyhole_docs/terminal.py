"""`images/status-light.svg` and `-dark.svg`: what `keyhole status` says, as a terminal shows it.

The text is what the command itself prints on a machine with two credentials; only its colours are
turned into SVG. The fonts are the reader's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from keyhole.cli import screen
from keyhole.testing import fake_machine
from keyhole.walk import survey

__all__ = ["picture"]

_COLUMNS = 92
_LETTER, _LINE, _MARGIN, _BAR = 7.83, 18, 18, 34
_CODES = re.compile(r"\x1b\[([\d;]+)m")
_ENVIRON = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-fake-0123456789",
    "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-fake-0123456789",
}

_THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "paper": "#fbfaf7",
        "edge": "#d8d3c8",
        "ink": "#2b2a27",
        "faint": "#77736a",
        "31": "#b42318",
        "32": "#1a7f37",
        "33": "#8a5a00",
        "36": "#0b6e80",
    },
    "dark": {
        "paper": "#16181d",
        "edge": "#333842",
        "ink": "#e4e2dc",
        "faint": "#8d929c",
        "31": "#ff8078",
        "32": "#6fd68b",
        "33": "#f0b35a",
        "36": "#6cc7d9",
    },
}
"""Colours by the codes that a terminal is sent (ECMA-48, SGR)."""


def picture(theme: str) -> str:
    """The picture in the colours "light" or "dark"."""
    colours = _THEMES[theme]
    lines = screen.render(survey(fake_machine(_ENVIRON)), _COLUMNS).splitlines()
    width = _COLUMNS * _LETTER + 2 * _MARGIN
    height = _BAR + (len(lines) + 1) * _LINE + 2 * _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-size="13" '
            'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace">',
            f"<title>{escape(_CODES.sub('', lines[0]))}</title>",
            f'<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" '
            f'fill="{colours["paper"]}" stroke="{colours["edge"]}"/>',
            *_dots(colours),
            *_text(["\x1b[2m$\x1b[0m keyhole status", *lines], colours),
            "</svg>\n",
        ]
    )


def _dots(colours: Mapping[str, str]) -> Iterator[str]:
    for number in range(3):
        yield f'<circle cx="{_MARGIN + 4 + 16 * number}" cy="18" r="5" fill="{colours["edge"]}"/>'


def _text(lines: list[str], colours: Mapping[str, str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line:
            y = _BAR + _MARGIN + number * _LINE
            spans = "".join(_spans(line, colours))
            start = f'<text x="{_MARGIN}" y="{y}" xml:space="preserve" fill="{colours["ink"]}">'
            yield f"{start}{spans}</text>"


def _spans(line: str, colours: Mapping[str, str]) -> Iterator[str]:
    """The parts of a line, each with the colour and the weight that the codes before it say."""
    styles: set[str] = set()
    for number, part in enumerate(_CODES.split(line)):
        if number % 2:
            codes = set(part.split(";"))
            styles = set() if "0" in codes else styles | codes
        elif part:
            colour = next((colours[code] for code in sorted(styles) if code in colours), "")
            colour = colours["faint"] if "2" in styles else colour
            fill = f' fill="{colour}"' if colour else ""
            bold = ' font-weight="bold"' if "1" in styles else ""
            yield f"<tspan{fill}{bold}>{escape(part)}</tspan>"
