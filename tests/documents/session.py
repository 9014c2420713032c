"""A terminal on an empty machine: what a page types is run here, and sees no other home.

`keyhole` and Python run in a process that forks from one where everything is imported already, so
that a transcript costs milliseconds. Any other command line goes to a shell.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from documents import child

__all__ = ["Session"]

_NOWHERE = "http://127.0.0.1:9"
# What a page may start: harmless programs, and those that have a stand-in.
_HARMLESS = ("cat", "chmod", "cp", "echo", "git", "ls", "mkdir", "printf", "rm", "umask")
_PROGRAMS = {*_HARMLESS, "claude", "gcloud", "keyhole", "python", sys.executable}
_STAND_INS = Path(__file__).parent / "stand_ins"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_OF_A_SHELL = re.compile(r"[|<>&;$`\n*]")

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", "documents.child", "documents.imported"])


class Session:
    """One terminal: its home, its variables, the folder it is in, and what it said last.

    Args:
        folder: An empty folder to put the home into.
        harmless: Whether only harmless programs may be started, and those with a stand-in.
        seconds: How long one command line may take.
    """

    def __init__(self, folder: Path, *, harmless: bool = True, seconds: float = 300) -> None:
        self._harmless = harmless
        self._seconds = seconds
        self.home = folder / "home" / "ada"
        self.cwd = self.home / "project"
        self.cwd.mkdir(parents=True)
        self._output = folder / "output"
        self._answer = folder / "answer"
        self.code = 0
        self.environ = {
            "HOME": str(self.home),
            "PATH": f"{_STAND_INS}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "100",
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            # Nothing that a page says leaves this machine.
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def type(self, line: str, answer: str = "") -> str:
        """Runs one command line, and gives what it said; `answer` is what is typed at its prompt."""
        self._answer.write_text(answer, encoding="utf-8")
        if line == "echo $?":
            return f"{self.code}\n"
        words = [] if _OF_A_SHELL.search(line) else shlex.split(line, comments=True)
        own: Callable[..., None] | None = getattr(self, f"_{words[0]}", None) if words else None
        if own:
            own(*words[1:])
            self.code = 0
            return ""
        assigned = _leading(words)
        if words and words[len(assigned)] == "keyhole":
            arguments = words[len(assigned) + 1 :]
            return self._fork(child.keyhole, arguments, self.environ | assigned)
        return self._shell(line)

    def python(self, source: str) -> str:
        """Runs a piece of Python, and gives what it said."""
        self._answer.write_text("", encoding="utf-8")
        return self._fork(child.python, source, self.environ)

    def write(self, name: str, text: str) -> None:
        """Writes a file of the folder that the terminal is in."""
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _export(self, *pairs: str) -> None:
        self.environ |= dict(pair.split("=", 1) for pair in pairs)

    def _unset(self, *names: str) -> None:
        for name in names:
            self.environ.pop(name, None)

    def _cd(self, folder: str = "~") -> None:
        self.cwd = (self.cwd / folder.replace("~", str(self.home), 1)).resolve(strict=True)

    def _fork(self, target: Callable[..., None], what: Any, environ: dict[str, str]) -> str:
        arguments = (what, environ, self.cwd, self._output, self._answer)
        process = _FORKS.Process(target=target, args=arguments)
        process.start()
        process.join(self._seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
        self.code = process.exitcode or 0
        return self._read(self._output.read_text(encoding="utf-8"))

    def _shell(self, line: str) -> str:
        strangers = _started(line) - _PROGRAMS if self._harmless else set()
        assert not strangers, f"`{line}`: {', '.join(strangers)} can't be started; say why not"
        with self._answer.open() as stdin:
            done = subprocess.run(
                ["bash", "-c", line],
                env=self.environ,
                cwd=self.cwd,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=self._seconds,
                check=False,
            )
        self.code = done.returncode
        return self._read(done.stdout)

    def _read(self, said: str) -> str:
        return said.replace(str(self.home), "/home/ada")


def _started(line: str) -> set[str]:
    """The programs that a line of shell starts: the first words, and those behind an operator."""
    programs, first = set(), True
    reader = shlex.shlex(line.partition("\n")[0], posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    for word in reader:
        operator = not word.strip("|&;()")
        if first and not operator and not _ASSIGNMENT.fullmatch(word):
            programs.add(word)
            first = False
        first = first or operator
    return programs


def _leading(words: list[str]) -> dict[str, str]:
    """The assignments before a command."""
    assigned = {}
    for word in words:
        pair = _ASSIGNMENT.fullmatch(word)
        if not pair:
            break
        assigned[pair[1]] = pair[2]
    return assigned
