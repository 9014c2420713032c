"""`reference/errors.md`: every error, and what the command line ends with."""

from __future__ import annotations

from collections.abc import Iterator

from keyhole import errors
from keyhole_docs.markdown import GENERATED, first_sentence, table

__all__ = ["page", "raised"]


def raised() -> Iterator[tuple[int, type[errors.KeyholeError]]]:
    """Every error with its depth in the hierarchy, the more general first."""
    yield from _below(0, errors.KeyholeError)


def _below(
    depth: int, error: type[errors.KeyholeError]
) -> Iterator[tuple[int, type[errors.KeyholeError]]]:
    yield depth, error
    for narrower in error.__subclasses__():
        if narrower.__module__ == errors.__name__:
            yield from _below(depth + 1, narrower)


def page() -> str:
    """The whole page."""
    rows = (
        (f"{'- ' * depth}`{error.__name__}`", str(error.exit_code), first_sentence(error))
        for depth, error in raised()
    )
    return (
        "\n\n".join([GENERATED, *_INTRODUCTION, table(("error", "exit code", "when"), rows)]) + "\n"
    )


_INTRODUCTION = (
    "# Errors",
    "Everything that keyhole raises on purpose is a `keyhole.KeyholeError`; a dash stands before "
    "an error that is a kind of the one above it. Each says what is wrong (`problem`), where "
    "(`where`) and what to do (`remedy`), and holds no secret. The command line prints it on "
    "standard error and ends with its exit code; [the table of exit codes](commands.md) has those "
    "that are no errors, too.",
)
