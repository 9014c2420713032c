"""The line in Claude Code's settings that lets it call the helper."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from keyhole import Host, Machine
from keyhole.backups import backup, check_unchanged, mode_of
from keyhole.edit import put, remove
from keyhole.errors import RefusedError, UsageError
from keyhole.frozen import field, frozen
from keyhole.installed import program, quoted

__all__ = ["PROGRAM", "Change", "removal", "setting", "write"]

PROGRAM = "keyhole-vault-helper"

_KEY = "apiKeyHelper"
_NEW = 0o600


@frozen
class Change:
    """What is to become of the user's settings.

    Attributes:
        path: The file.
        old: What it holds; None where there is none.
        new: What it is to hold.
        shown: What changes, fit for a screen: nothing else of the file, which may hold secrets on
            the same line, and of a helper of somebody else's only that it goes.
    """

    path: Path
    old: str | None = field(repr=False)
    new: str = field(repr=False)
    shown: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether anything changes."""
        return self.new != (self.old or "")


def setting(machine: Machine, *, force: bool) -> Change:
    """The settings with the helper in them.

    Args:
        machine: The machine.
        force: Whether another helper may be replaced.

    Raises:
        RefusedError: There is another helper; or the program is not known to be anywhere.
        UsageError: The file is no JSON object.
    """
    path, old = _read(machine)
    there = _helper(machine, path)
    if there and not _is_ours(there) and not force:
        raise RefusedError(
            "the settings name another helper",
            where=str(machine.json(path).where(_KEY)),
            remedy="`keyhole vault configure --force` replaces it; a copy of the file is kept",
        )
    ours = command(machine)
    shown = (*_gone(machine, path, there), f'+ "{_KEY}": {json.dumps(ours)}')
    return Change(path, old, _edited(path, old or "{}\n", put, ours), shown)


def removal(machine: Machine) -> Change:
    """The settings without the helper; unchanged where there is none.

    Raises:
        RefusedError: The helper there is another.
        UsageError: The file is no JSON object.
    """
    path, old = _read(machine)
    there = _helper(machine, path)
    if old is None or there is None:
        return Change(path, old, old or "")
    if not _is_ours(there):
        raise RefusedError(
            "the helper that the settings name is another",
            where=str(machine.json(path).where(_KEY)),
            remedy="it is yours: remove it by hand, if you want to",
        )
    return Change(path, old, _edited(path, old, remove), _gone(machine, path, there))


def write(machine: Machine, host: Host, change: Change) -> Path | None:
    """Does it; gives where the file is as it was.

    Raises:
        RecordError: The file was changed meanwhile, or can't be written; it is as it was.
    """
    check_unchanged(change.path, change.old)
    mode = mode_of(change.path)
    copy = None if change.old is None else backup(machine, host, change.path, change.old)
    host.write(change.path, change.new)
    change.path.chmod(_NEW if mode is None else mode)
    return copy


def command(machine: Machine) -> str:
    """The helper's command line: with its whole path, because Claude Code may have another PATH.

    Raises:
        RefusedError: The program is not known to be anywhere.
    """
    found = program(machine, PROGRAM)
    if found is None:
        raise RefusedError(
            f"the program {PROGRAM} was not found beside this installation's others",
            remedy="install keyhole-vault-helper in the ordinary way, so that its program is there",
        )
    return quoted(machine, str(found))


def _read(machine: Machine) -> tuple[Path, str | None]:
    path = machine.config_folder / "settings.json"
    text = machine.text(path)
    if text.problem:
        raise UsageError(f"the file {text.problem}", where=str(path))
    return path, text.content.reveal() if text.content else None


def _gone(machine: Machine, path: Path, there: str | None) -> tuple[str, ...]:
    if not there:
        return ()
    what = json.dumps(there) if _is_ours(there) else "(another helper)"
    return (f'- "{_KEY}": {what}, line {machine.json(path).where(_KEY).line}',)


def _helper(machine: Machine, path: Path) -> str | None:
    there = machine.json(path).get(_KEY)
    return None if there is None or there == "" else str(there)


def _is_ours(line: str) -> bool:
    try:
        program = shlex.split(line)[0]
    except (ValueError, IndexError):
        return False
    return Path(program.replace("\\", "/")).name.removesuffix(".exe") == PROGRAM


def _edited(path: Path, text: str, edit: object, *value: str) -> str:
    try:
        return edit(text, [_KEY], *value)  # type: ignore[operator,no-any-return]
    except UsageError as error:
        problem = error.problem
    raise UsageError(
        f"{problem}; Claude Code drops such a file whole",
        where=str(path),
        remedy="correct it first: it must be plain JSON, without comments",
    )
