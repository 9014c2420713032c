"""Colours, as click writes them, for a screen that is shown more often than any other."""

from __future__ import annotations

import os
import re
import sys

from keyhole.cli.quiet import write

__all__ = ["show", "style"]

_COLOURS = {"cyan": 36, "green": 32, "red": 31, "yellow": 33}
# ECMA-48, section 5.4: a control sequence.
_CODE = r"\x1b\[[0-?]*[ -/]*[@-~]"


def style(text: str, *, fg: str = "", bold: bool = False) -> str:
    """The text in a colour, or bold, as `click.style` writes it."""
    codes = ([_COLOURS[fg]] if fg else []) + ([1] if bold else [])
    return "".join(f"\x1b[{code}m" for code in codes) + f"{text}\x1b[0m"


def show(text: str) -> None:
    """Prints a text, without its colours where no terminal shows them."""
    if sys.platform == "win32" or not _takes_all(sys.stdout.encoding):
        # There click knows what the terminal can show.
        import click

        click.echo(text)
    elif sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        write(text)
    else:
        write(re.sub(_CODE, "", text))


def _takes_all(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}
