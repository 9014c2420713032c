"""Standard streams that are closed, full, or have no room for a sign."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keyhole.cli.quiet import forsake_output, say, usable_streams, write
from keyhole.errors import RefusedError
from keyhole.host import RealHost
from keyhole.process import Command, attend, run
from keyhole.streams import flushed, tell

NAME = "nu\udcff"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")


class _Gone(io.StringIO):
    """A terminal that has hung up."""

    def isatty(self) -> bool:
        return True

    def write(self, _text: str, /) -> int:
        raise OSError(5, "Input/output error")


def _shut() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


NOBODY: list[Callable[[], io.StringIO | None]] = [lambda: None, _Gone, _shut, io.StringIO]


@pytest.mark.parametrize("stream", NOBODY, ids=["none", "gone", "closed", "no terminal"])
def test_what_nobody_hears_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stream: Callable[[], io.StringIO | None],
) -> None:
    """Where no person is at a standard error that works, telling one does nothing at all."""
    monkeypatch.setattr(sys, "stderr", stream())
    RealHost().tell("the helper still runs")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("stream", NOBODY[:3], ids=["none", "gone", "closed"])
def test_a_sentence_never_goes_to_the_output(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stream: Callable[[], io.StringIO | None],
) -> None:
    """What standard error does not take is not printed where a secret is expected."""
    monkeypatch.setattr(sys, "stderr", stream())
    tell("what went wrong")
    assert capsys.readouterr().out == ""


@posix
def test_a_slow_helper_without_streams_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a process without streams (`pythonw`) a helper that takes long gives its answer."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    slow = Command(
        "sleep 0.2; echo done",
        tmp_path,
        {"PATH": os.environ["PATH"]},
        slow=0.01,
        on_slow=lambda: RealHost().tell("slow"),
    )
    assert run(slow).stdout == b"done\n"


@posix
def test_a_program_runs_for_a_caller_without_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller without streams runs a program in the foreground like any other."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    flushed()
    assert attend(["sh", "-c", "exit 3"], {"PATH": os.environ["PATH"]}) == 3


def test_streams_that_are_closed_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the block closed streams are empty, deaf, and an error for what was asked for."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    with usable_streams():
        assert (sys.stdin.read(), sys.stdin.isatty(), sys.stderr.isatty()) == ("", False, False)
        assert sys.stderr.write("told")
        with pytest.raises(OSError, match="standard output is closed"):
            write("asked")
        forsake_output()
    assert (sys.stdin, sys.stdout, sys.stderr) == (None, None, None)


def test_a_page_is_written_whatever_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign that the output has no room for is an escape, and after the block an error again."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    with usable_streams():
        write(f"{NAME} \N{BLACK CIRCLE}")
    assert stream.buffer.getvalue() == b"nu\\udcff \\u25cf\n"
    assert stream.errors == "strict"


@pytest.mark.parametrize(
    ("encoding", "value"), [("utf-8", NAME), ("ascii", "k\xe9y"), ("latin-1", "\N{BLACK CIRCLE}")]
)
def test_a_value_is_printed_as_it_is_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, encoding: str, value: str
) -> None:
    """What programs read is never written with an escape: that would be another secret."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    with usable_streams(), pytest.raises(RefusedError, match="can't be printed in") as caught:
        say(value)
    assert value not in str(caught.value)
    assert stream.buffer.getvalue() == b""


def test_a_value_keeps_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python carries foreign bytes through, as in C.UTF-8, they come out as they went in."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr(sys, "stdout", stream)
    with usable_streams():
        say(NAME)
    assert stream.buffer.getvalue() == b"nu\xff\n"
