"""What is pasted into a terminal arrives whole, and does not show."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.host import RealHost
from keyhole.oauth.paste import Keyboard, keyboard


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The person's side and the program's side of a terminal."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def typed(ours: int, theirs: int, text: bytes) -> list[str]:
    """The first lines that come of what a person types."""
    with Keyboard(theirs) as keys:
        # A terminal takes some thousand bytes and then waits for its reader.
        writer = threading.Thread(target=_write, args=(ours, text))
        writer.start()
        lines: list[str] = []
        while not lines and select.select([keys], [], [], 20)[0]:
            lines = keys.lines() or []
        writer.join()
    return lines


def _write(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


def test_a_line_of_any_length_arrives(terminal: tuple[int, int]) -> None:
    """Longer than the 4096 characters at which a terminal's own line ends."""
    text = "http://127.0.0.1/callback?code=" + "a" * 20_000
    assert typed(*terminal, text.encode() + b"\n") == [text]


def test_nothing_of_it_shows_and_the_terminal_is_as_before(terminal: tuple[int, int]) -> None:
    """What is typed is not echoed, and afterwards the terminal has its old mode."""
    before = termios.tcgetattr(terminal[1])
    typed(*terminal, b"fake-code#state\r")
    assert termios.tcgetattr(terminal[1]) == before
    assert not select.select([terminal[0]], [], [], 0)[0]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"ab\x7fc\n", "ac"),
        (b"\x7f\bab\n", "ab"),
        (b"wrong\x15right\n", "right"),
        (b"\x1b[200~pasted\x1b[201~\n", "pasted"),
        (b"\xff\n", "�"),
    ],
)
def test_a_line_can_be_corrected(keys: bytes, line: str, terminal: tuple[int, int]) -> None:
    """Backspace and Ctrl-U do what they do elsewhere, and a terminal's paste marks are no text."""
    assert typed(*terminal, keys) == [line]


def test_the_end_of_input_ends_it(terminal: tuple[int, int]) -> None:
    """Ctrl-D on an empty line, or a terminal that has gone, says that no more will come."""
    with Keyboard(terminal[1]) as keys:
        os.write(terminal[0], b"\x04")
        assert select.select([keys], [], [], 20)[0]
        assert keys.lines() is None


def test_there_is_no_keyboard_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe is not asked for a line, and neither is a stdin that is closed."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as piped:
        os.close(writer)
        monkeypatch.setattr("sys.stdin", piped)
        assert keyboard() is None
        assert RealHost().terminal() is None
    monkeypatch.setattr("sys.stdin", None)
    assert keyboard() is None


@given(st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["C"]), max_size=20)))
def test_lines_are_the_same_however_they_are_cut(lines: list[str]) -> None:
    """What a pipe delivers in pieces comes out as the lines that went in."""
    data = "".join(f"{line}\n" for line in lines).encode()
    for size in (1, 3, 4096):
        reader, writer = os.pipe()
        keys = Keyboard(reader)
        got: list[str] = []
        for start in range(0, len(data), size):
            os.write(writer, data[start : start + size])
            got += keys.lines() or []
        os.close(reader)
        os.close(writer)
        assert got == lines
