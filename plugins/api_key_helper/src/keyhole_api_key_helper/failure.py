"""The error for a helper that failed: how it ended, and what it complained, without secrets."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress

from keyhole import Where
from keyhole.errors import HelperError
from keyhole.program import Outcome
from keyhole.redaction import printable, redact

__all__ = ["ending", "failure"]

_LINES = 6
_WIDTH = 300
_KEPT = 4096
"""How much of stderr a host keeps at least: of a longer one the first line is torn."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_WORDS = re.compile(r"""[^\s"'`,;:=&|<>(){}\[\]]+""")
_LONG = 8
_TAKES_NAMES = re.compile(r"(?:\S*/)?keyhole(?:-vault-helper)?(?:\.exe)?(?: [\w.-]+)*", re.ASCII)
"""Our own programs take names of secrets, and never a secret."""
_OPTION = re.compile(r"--?[a-z]+(?:-[a-z]+)*")
_HOLDS_SECRET = re.compile(r"KEY(?!HOLE)|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|HEADERS", re.IGNORECASE)
_SHELL_SAYS = {126: "it is not a program that may be run", 127: "the shell found no such command"}


def failure(
    problem: str, outcome: Outcome, where: Where, line: str, environ: Mapping[str, str]
) -> HelperError:
    """The error to raise.

    Args:
        problem: What went wrong, as a sentence about "it"; stdout is never repeated.
        outcome: How it ended, and its stderr.
        where: Where it is configured.
        line: Its command line, of which nothing shows that could be a secret.
        environ: Its environment, of which no secret shows.
    """
    secrets = [*_secrets(line, environ), *_printed(outcome.stdout)]
    said = _last_lines(outcome.stderr, secrets)
    told = "".join(f"\n    {one}" for one in said)
    complaint = f"; the end of its stderr:{told}" if said else "; its stderr is empty"
    return HelperError(
        f"the helper failed after {outcome.seconds:.1f} seconds: {problem}{complaint}",
        where=str(where),
        remedy=_remedy(outcome),
    )


def ending(outcome: Outcome, timeout: float) -> str:
    """What was wrong with the way in which it ended; empty if nothing."""
    if outcome.code is None:
        return f"it was ended with all it had started, because {timeout:g} seconds were not enough"
    if outcome.code == 0:
        return ""
    if outcome.code < 0:
        return f"it was killed by {_signal(-outcome.code)}"
    why = _SHELL_SAYS.get(outcome.code)
    return f"it ended with exit status {outcome.code}" + (f" ({why})" if why else "")


def _remedy(outcome: Outcome) -> str:
    if outcome.code is None:
        return "make it faster, or raise [helper] timeout in keyhole's configuration"
    if outcome.code:
        return "correct the command there, and try it with `keyhole helper test`"
    return (
        "it must print one token on one line, or one JSON object with the keys value, kind and "
        "expires_at; everything else belongs on stderr"
    )


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def _last_lines(stderr: bytes, secrets: list[str]) -> list[str]:
    text = _ESCAPES.sub("", stderr.decode("utf-8", "replace"))
    lines = text.splitlines()
    if len(stderr) >= _KEPT and len(lines) > 1:
        # Its beginning was cut off, and half a secret is not recognised.
        lines = lines[1:]
    shown = [redact(printable(line.strip()), *secrets)[-_WIDTH:].strip() for line in lines]
    return [line for line in shown if line][-_LINES:]


def _secrets(line: str, environ: Mapping[str, str]) -> Iterator[str]:
    """What could be a secret of the command, and the variables that sound like secrets."""
    if not _TAKES_NAMES.fullmatch(line.strip()):
        yield from (word for word in _words(line) if len(word) >= _LONG and "/" not in word)
    for name, text in environ.items():
        if _HOLDS_SECRET.search(name) and len(text) >= _LONG:
            yield text


def _words(line: str) -> Iterator[str]:
    """The words of a command but its program and the names of its options."""
    program, *words = line.split() or [""]
    yield from _WORDS.findall(program) if "=" in program else ()
    for word in words:
        yield from () if _OPTION.fullmatch(word) else _WORDS.findall(word)


def _printed(stdout: bytes) -> Iterator[str]:
    """What stdout may give away: each long run of characters, with and without punctuation."""
    text = stdout.decode("utf-8", "replace")
    yield from (word for word in (*text.split(), *_WORDS.findall(text)) if len(word) >= _LONG)
