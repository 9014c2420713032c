"""The program that a command line begins with, where that can be told without a shell."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePath

import attrs

__all__ = ["Call", "call"]

_FIRST = re.compile(r"(?:'([^'\n]+)'|([\w@+:,./~-]+))(?=\s|$)", re.ASCII)
_ELSEWHERE = re.compile(r"[;&|\n()`]")
"""What may start another program, or print what the first one did not."""
_OF_THE_SHELL = re.compile(
    r"[.:]|alias|bg|bind|builtin|caller|case|cd|command|compgen|complete|declare|dirs|disown|do"
    r"|done|echo|elif|else|enable|esac|eval|exec|exit|export|false|fc|fg|fi|for|function|getopts"
    r"|hash|help|history|if|jobs|kill|let|local|logout|mapfile|popd|printf|pushd|pwd|read"
    r"|readarray|readonly|return|select|set|shift|shopt|source|suspend|test|then|time|times|trap"
    r"|true|type|typeset|ulimit|umask|unalias|unset|until|wait|while"
)


@attrs.frozen
class Call:
    """The one program that a command line calls.

    Attributes:
        word: What it is called by: a name, or a path.
        rest: The words that follow; quotes stay in them.
    """

    word: str
    rest: tuple[str, ...] = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """The program's name, without its folder."""
        return PurePath(self.word).name.removesuffix(".exe")

    @property
    def is_relative(self) -> bool:
        """Whether it depends on the folder that it is called in."""
        return "/" in self.word and not self.word.startswith(("/", "~/"))

    def is_there(self, home: Path, folders: tuple[Path, ...], environ: Mapping[str, str]) -> bool:
        """Whether a shell would find the program; nothing is run.

        Args:
            home: The home folder.
            folders: The folders that it may be called in.
            environ: The shell's variables.
        """
        if "/" not in self.word:
            return shutil.which(self.word, path=environ.get("PATH", os.defpath)) is not None
        if self.is_relative:
            return any(_exists(folder / self.word) for folder in folders)
        return _exists(home / self.word.removeprefix("~/"))


def call(line: str) -> Call | None:
    """The program that a command line calls; None where only a shell could tell.

    Args:
        line: A command line for `sh`.
    """
    line = line.strip()
    first = _FIRST.match(line)
    if first is None or _ELSEWHERE.search(line, first.end()):
        return None
    word: str = first[1] or first[2]
    at_home = word.startswith("~/") and not first[1]
    unsure = _OF_THE_SHELL.fullmatch(word) or (word.startswith("~") and not at_home)
    return None if unsure else Call(word, tuple(line[first.end() :].split()))


def _exists(path: Path) -> bool:
    """Whether a path leads to something; also where that can't be asked."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
