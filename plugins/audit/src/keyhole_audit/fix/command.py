"""`--fix`: shows what it would do, asks, does it, and looks whether the same credential wins."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from keyhole import Host, Machine, Survey
from keyhole.cli.person import confirm
from keyhole.errors import RefusedError
from keyhole.redaction import printable
from keyhole_audit.fix.apply import Done, apply
from keyhole_audit.fix.draft import Draft
from keyhole_audit.fix.plan import plan
from keyhole_audit.fix.undo import kept, ways_back
from keyhole_audit.flagged import Report
from keyhole_audit.literal import masked
from keyhole_audit.look import Look
from keyhole_audit.repository import untrack

__all__ = ["fix", "stays"]


def fix(
    seen: Look, report: Report, look_again: Callable[[], Look], host: Host, *, yes: bool
) -> None:
    """Fixes what can be fixed.

    Args:
        seen: What was looked at.
        report: What was found in it.
        look_again: Looks at the machine as it is then.
        host: Writes files, and opens the token store.
        yes: Whether not to ask.

    Raises:
        RefusedError: Another credential would win afterwards, and everything is as it was; or the
            user stopped it too late for that.
        RecordError: A file can't be written; all are as they were.
        StoreError: The store can't be used; nothing was changed.
        Abort: The user said no.
    """
    draft, secrets = plan(seen.view, report.flagged)
    if draft.is_empty:
        _say([*draft.left, "None of it can be fixed without you."])
        return
    _say(draft.shown(secrets))
    if not yes:
        confirm("Do this?")
    before = seen.view.survey()
    done = apply(draft, seen.view.machine, host)
    try:
        _say(f"As it was: {copy} (of {path})" for path, copy in done.copies.items())
        same = _is_same(before, look_again().view.survey(), draft)
    except BaseException:
        done.take_back()
        raise
    if not same:
        done.take_back()
        raise _refused()
    with stays():
        _finish(done, seen.view.machine, host)


def _finish(done: Done, machine: Machine, host: Host) -> None:
    back = ways_back(done, machine)
    script = kept(back, machine, host)
    staged = []
    for path, root in done.draft.untracked.items():
        if untrack(machine, host, root, path):
            staged.append(path)
        else:
            done.draft.steps.append(f"git would not forget the file: git rm --cached {path}")
    if staged:
        _say([f"Staged, and to be committed with .gitignore: {_named(staged)}"])
    _say(done.draft.steps)
    _say(["To take it back:", *(f"  {masked(line)}" for line in back)])
    if script:
        _say([f"or all of it at once: sh {shlex.quote(str(script))}"])


def _named(paths: Iterable[Path]) -> str:
    return ", ".join(f"that git forgets {masked(str(path))}" for path in paths)


@contextmanager
def stays() -> Iterator[None]:
    """Here the files are changed for good, and whoever stops is not told otherwise.

    Raises:
        RefusedError: The user stopped it.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise RefusedError(
            "stopped after the files were changed, which they stay",
            remedy="`keyhole audit` says what is left to do",
        ) from None


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(printable(line), err=True)


def _is_same(before: Survey, after: Survey, draft: Draft) -> bool:
    """Whether the credential that won still wins, from where the plan has put it."""
    old, new = before.resolution.active, after.resolution.active
    if old is None or new is None:
        return old is new
    was, now = (one.finding.where.place if one.finding.where else "" for one in (old, new))
    if draft.helper and was == str(draft.replaced):
        return now == str(draft.helper)
    changed = {str(path) for path in draft.texts}
    return old.source.name == new.source.name and (was == now or {was, now} <= changed)


def _refused() -> RefusedError:
    return RefusedError(
        "with this change another credential would win; every file is as it was",
        remedy="leave the key in settings out (`--ignore KH101,KH102`), and see `keyhole status`",
    )
