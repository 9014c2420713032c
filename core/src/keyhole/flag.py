"""What Claude Code's `--settings` was given: a settings file's name, or the settings themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keyhole import settings
from keyhole.document import Document
from keyhole.errors import UsageError
from keyhole.redaction import printable, redact
from keyhole.secret import Secret

__all__ = ["document", "refused"]


def document(given: Secret, *, home: Path, cwd: Path, read: Callable[[Path], Document]) -> Document:
    """The settings that it was given.

    Args:
        given: The argument.
        home: What `~` stands for.
        cwd: What a relative name begins at.
        read: Reads a file.

    Raises:
        UsageError: It is neither a readable file nor JSON.
    """
    found = _found(given, home, cwd, read)
    if found.missing or found.problem:
        raise refused(found.problem or "does not exist", found.place)
    return found


def refused(problem: str, place: str) -> UsageError:
    """The error for an argument that is none.

    Args:
        problem: What is wrong with it, as the end of a sentence.
        place: The file that was read, or `--settings`.
    """
    # The argument may be a secret: only what looks like a file of settings is repeated.
    is_name = place.endswith(".json") and not set(place) & set('{}"')
    named = printable(redact(place)) if is_name else "what it was given"
    return UsageError(
        f"{named} {problem}",
        where="--settings",
        remedy="give it a settings file's name, or a JSON object",
    )


def _found(given: Secret, home: Path, cwd: Path, read: Callable[[Path], Document]) -> Document:
    # It may hold secrets: no frame from which an error is raised has it as a text.
    text = given.reveal()
    if text.lstrip().startswith("{"):
        return settings.inline(text)
    named = text.replace("~", str(home), 1) if text.startswith("~/") else text
    return read(cwd / named)
