"""Running somebody's command so that it can neither hang, flood nor outlive the caller."""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, NoReturn, TypeVar

from keyhole.errors import NotExecutableError, ProgramError
from keyhole.interrupts import ended_in_order, held_back
from keyhole.program import Command, Outcome
from keyhole.streams import flushed

__all__ = ["Command", "Outcome", "attend", "replace", "run"]

_T = TypeVar("_T")

_CANT_RUN = "the program can't be run"
# The program itself was found: what is missing, or no folder, is the interpreter that it names.
_FIRST_LINE = "check its first line, which names its interpreter"
_REMEDIES = {
    errno.E2BIG: "hand it less: its arguments and variables are too long",
    errno.EACCES: "check its mode, its interpreter's, and whether the file system allows programs",
    errno.ELOOP: _FIRST_LINE,
    errno.ENOENT: _FIRST_LINE,
    errno.ENOEXEC: _FIRST_LINE,
    errno.ENOTDIR: _FIRST_LINE,
    errno.EPERM: "check what the file system and this system's policy allow",
    errno.ETXTBSY: "wait until nobody writes it any more",
    **dict.fromkeys((errno.EAGAIN, errno.ENOMEM), "end other programs, or raise the limit"),
}
_GRACE = 0.5
_LAST = 2.0
_STDOUT_LIMIT = 64 * 1024
_STDERR_LIMIT = 4 * 1024


def run(command: Command) -> Outcome:
    """Runs a command in a session of its own, without a terminal and without input.

    A grandchild that holds the pipe can't hang the caller, and neither can a child that ignores
    SIGTERM: the whole process group is ended. Ctrl-C, SIGTERM, SIGHUP and the interpreter's end
    end the command first.

    Raises:
        OSError: The shell can't be started.
    """
    started = time.monotonic()
    with ended_in_order(), contextlib.ExitStack() as ending:
        # From its first instant there is somebody who ends it.
        with held_back():
            child = _start(command)
            stdout = _Reader(child.stdout, _STDOUT_LIMIT)
            stderr = _Reader(child.stderr, -_STDERR_LIMIT)
            ending.callback(_drain, child, stdout, stderr)
            ending.enter_context(_at_exit(functools.partial(_end, child)))
            ending.callback(_end, child)
        code = _wait(child, command)
    return Outcome(code, stdout.kept, stderr.kept, time.monotonic() - started)


def attend(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs a program in the foreground, with this terminal, and waits for its end.

    Ctrl-C is the program's own: both get it, and the one that runs decides.

    Returns:
        Its exit code, negative for a signal.

    Raises:
        ProgramError: There is no such program, or it can't be run.
    """
    path = _program(argv, environ)
    # A handler, for a program inherits what is ignored, and this one is to hear Ctrl-C.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return _started(path, lambda: _call(path, argv, environ))
    finally:
        signal.signal(signal.SIGINT, before)


def replace(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Becomes another program; where the system has no exec, runs it and ends with its code.

    Raises:
        ProgramError: There is no such program, or it can't be run.
    """
    path = _program(argv, environ)
    if os.name != "posix":
        sys.exit(_started(path, lambda: _call(path, argv, environ)))
    _started(path, lambda: _become(path, argv, environ))


def _call(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    return subprocess.call([path, *argv[1:]], env=dict(environ))  # noqa: S603  # the caller's own


def _become(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    with _default_signals():
        os.execve(path, list(argv), dict(environ))  # noqa: S606  # the user's own command line
    raise AssertionError


def _started(path: str, start: Callable[[], _T]) -> _T:
    """What starting a program gives; what the system has against it is an error that says so."""
    try:
        return start()
    except OSError as error:
        code = error.errno or 0
    raise NotExecutableError(
        f"{_CANT_RUN}: {os.strerror(code)}", where=path, remedy=_REMEDIES.get(code, "")
    )


def _program(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Where a program is, by its own PATH; what was written so far comes before what it writes."""
    path = shutil.which(argv[0], path=environ.get("PATH"))
    if path is None:
        if os.path.lexists(argv[0]) and os.path.dirname(argv[0]):  # noqa: PTH120  # "./x" too
            raise NotExecutableError(_CANT_RUN, where=argv[0], remedy=_not_found(argv[0]))
        raise ProgramError("there is no such program", where=argv[0], remedy="check PATH")
    flushed()
    return path


def _not_found(path: str) -> str:
    """What to do about a path that is there, and that nobody may run."""
    if os.path.isdir(path):  # noqa: PTH112  # "./x" too
        return "name a program: this is a folder"
    return "check its mode" if os.path.exists(path) else "check where the link leads"  # noqa: PTH110


@contextlib.contextmanager
def _default_signals() -> Iterator[None]:
    """Python ignores these for itself, and a program that it becomes would inherit that.

    Where it becomes no other program, they are ignored again: a broken pipe must not end it.
    """
    names = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _at_exit(work: Callable[[], None]) -> Iterator[None]:
    """Does something where the interpreter ends in the block: it waits for no daemon thread."""
    atexit.register(work)
    try:
        yield
    finally:
        atexit.unregister(work)


def _start(command: Command) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S602  # a helper is a shell command by definition
        command.line,
        shell=True,
        cwd=command.cwd,
        env=dict(command.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _wait(child: subprocess.Popen[bytes], command: Command) -> int | None:
    """The exit code, or None where the time ran out."""
    first = min(command.slow, command.timeout)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(first)
    if first < command.timeout:
        command.on_slow()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(command.timeout - first)
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends a child that still runs with all its group, gently first."""
    if child.poll() is not None:
        return
    try:
        _signal_group(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    finally:
        # Also where Ctrl-C comes a second time, from somebody who won't wait. Where it came in the
        # middle of the first wait, `Popen` may take its own lock for somebody else's for ever.
        _signal_group(child, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_LAST)


def _drain(child: subprocess.Popen[bytes], *readers: _Reader) -> None:
    """Reads to the end, and ends whoever of the group still holds a pipe open."""
    for reader in readers:
        if not reader.join(_GRACE):
            _signal_group(child, signal.SIGKILL)
            reader.join(_GRACE)


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


class _Reader:
    """Reads a pipe to its end in a thread, and keeps the first or (negative) last bytes."""

    def __init__(self, pipe: IO[bytes] | None, limit: int) -> None:
        self.kept = b""
        self._pipe = pipe
        self._limit = limit
        self._thread = threading.Thread(target=self._read, name="keyhole-pipe", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Waits for the pipe's end; False where it did not come in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self) -> None:
        if self._pipe is None:
            return
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), 65536):
                self.kept = _cut(self.kept + chunk, self._limit)


def _cut(text: bytes, limit: int) -> bytes:
    return text[:limit] if limit > 0 else text[limit:]
