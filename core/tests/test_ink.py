"""What a screen looks like does not depend on whether click writes it."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.cli.ink import show, style


@given(st.text(), st.sampled_from(["cyan", "green", "red", "yellow", ""]), st.booleans())
def test_a_style_is_clicks(text: str, colour: str, bold: bool) -> None:  # noqa: FBT001
    """The same codes stand around a text as with `click.style`."""
    assert style(text, fg=colour, bold=bold) == click.style(
        text, fg=colour or None, bold=bold or None
    )


class _Stream(io.TextIOWrapper):
    """A stream that says what it is."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("terminal", [False, True])
@given(st.text(alphabet=st.sampled_from("a●\x1b[0;31mK?Z \n")))
def test_what_is_shown_is_what_click_shows(terminal: bool, text: str) -> None:  # noqa: FBT001
    """Whether or not a terminal is there, the same comes out as with `click.echo`."""
    shown = []
    before = sys.stdout
    for write in (show, click.echo):
        stream = _Stream(io.BytesIO(), encoding="utf-8")
        stream.terminal = terminal
        sys.stdout = stream
        try:
            writing: Any = write
            writing(text)
        finally:
            sys.stdout = before
        shown.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    assert shown[0] == shown[1]


def test_a_stream_that_can_not_show_all_is_left_to_click() -> None:
    """Where the output's encoding has no room for a sign, nothing breaks."""
    script = "from keyhole.cli.ink import show; show('\\u25cf')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_wants_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR` counts on a terminal, too (https://no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream = _Stream(io.BytesIO(), "utf-8")
    stream.terminal = True
    monkeypatch.setattr(sys, "stdout", stream)
    show(style("well", fg="green", bold=True))
    stream.seek(0)
    assert stream.read() == "well\n"
