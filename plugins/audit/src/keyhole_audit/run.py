"""Runs the checks; one that fails never takes the others down, and never looks clean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from keyhole import Check, KeyholeError, Notice
from keyhole.fault import place_of
from keyhole_audit.exceptions import Exceptions
from keyhole_audit.flagged import Excepted, Flagged, Report
from keyhole_audit.look import Look

__all__ = ["chosen", "run"]


def chosen(
    checks: Iterable[Check], *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Check]:
    """The checks with a code of `select` (of any, where it is empty), and none of `ignore`."""
    return [
        check
        for check in checks
        if (not select or check.code.startswith(tuple(select)))
        and not check.code.startswith(tuple(ignore))
    ]


def run(look: Look, checks: Iterable[Check], exceptions: Exceptions) -> Report:
    """Everything that the checks say about what was looked at.

    Args:
        look: What was looked at.
        checks: The checks.
        exceptions: What is right as it is.

    Raises:
        KeyholeError: A check can't look, because keyhole's own configuration is broken.
    """
    problems = list(look.problems)
    if exceptions.problem:
        problems.append(f"{exceptions.place}: {exceptions.problem}")
    flagged: list[Flagged] = []
    for check in checks:
        flagged += _asked(check, look, problems)
    excepted: list[Excepted] = []
    left: list[Flagged] = []
    for one in sorted(flagged, key=lambda one: one.rank):
        exception = exceptions.excepted(one)
        if exception:
            excepted.append(exception)
        else:
            left.append(one)
    files = tuple(seen.path for seen in look.view.files)
    return Report(tuple(left), tuple(excepted), tuple(problems), files)


def _asked(check: Check, look: Look, problems: list[str]) -> Iterator[Flagged]:
    try:
        # What a plugin yields is not always what it promises.
        notices: Iterable[object] = check.look(look.view)
        for notice in notices:
            if not isinstance(notice, Notice):
                problems.append(f"the check {check.code} gave a {type(notice).__name__}")
                return
            yield Flagged(check, notice)
    except KeyholeError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a check raises is its own
        problems.append(f"the check {check.code} failed: {place_of(error)}")
