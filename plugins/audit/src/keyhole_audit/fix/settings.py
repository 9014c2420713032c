"""Secrets out of settings: behind an apiKeyHelper, or into settings that nobody else gets."""

from __future__ import annotations

from pathlib import Path

from keyhole import Role, Seen
from keyhole.edit import put, remove
from keyhole.installed import quoted
from keyhole.settings import Scope
from keyhole_audit.checks.literals import HELPED
from keyhole_audit.fix.draft import Draft
from keyhole_audit.fix.ignore import ignored
from keyhole_audit.fix.program import called
from keyhole_audit.literal import Literal, Slot
from keyhole_audit.repository import root_of

__all__ = ["move"]

_HELPER = "apiKeyHelper"


def move(draft: Draft, literals: list[Literal]) -> list[Literal]:
    """Plans to move secrets out of the `env` blocks of settings; gives those that it can't."""
    keys = [one for one in literals if one.name in HELPED]
    return [one for one in literals if not _moved(draft, one, alone=len(keys) == 1)]


def _moved(draft: Draft, one: Literal, *, alone: bool) -> bool:
    if one.slot is not Slot.ENV or not _is_whole(draft, one) or not _counts(draft, one.file):
        return False
    if one.name in HELPED:
        return alone and _to_helper(draft, one)
    if one.file.scope is Scope.PROJECT:
        return _to_local(draft, one)
    return one.file.scope is Scope.LOCAL and ignored(draft, one.file)


def _to_helper(draft: Draft, one: Literal) -> bool:
    target = _local_of(draft, one.file.path) if one.file.scope is Scope.PROJECT else one.file.path
    if target is None or _has_rival(draft, one):
        return False
    # These are the user's own settings, whether or not a repository holds them.
    program = called(draft, target, shared=False)
    if program is None:
        return False
    name = draft.keep(one.name, one.hit.secret)
    helper = f"{quoted(draft.view.machine, program)} secret get {name}"
    draft.texts[target] = put(draft.text(target), [_HELPER], helper)
    draft.texts[one.file.path] = remove(draft.text(one.file.path), ["env", str(one.path[-1])])
    draft.helper, draft.replaced = target, one.file.path
    # A helper that comes with a clone would be one more thing to distrust.
    return one.file.scope is Scope.USER or ignored(draft, _local(target))


def _has_rival(draft: Draft, one: Literal) -> bool:
    """Whether something ranks between the key and a helper, or is a helper already."""
    machine = draft.view.machine
    environ = machine.environment()
    values = [environ[name] for name in HELPED if name in environ]
    helped = any(layer.document.get(_HELPER) is not None for layer in machine.layers)
    return helped or any(value.strip() != one.hit.secret.reveal() for value in values)


def _to_local(draft: Draft, one: Literal) -> bool:
    target = _local_of(draft, one.file.path)
    if target is None or not _can_hold(draft, target):
        return False
    if draft.view.machine.json(target).get("env", str(one.path[-1])) is None:
        # Local settings rank above the project's: what is there already counted all along.
        value = one.hit.secret.reveal()
        draft.texts[target] = put(draft.text(target), ["env", str(one.path[-1])], value)
    draft.texts[one.file.path] = remove(draft.text(one.file.path), ["env", str(one.path[-1])])
    return ignored(draft, _local(target))


def _can_hold(draft: Draft, target: Path) -> bool:
    """Whether a variable can be put into settings; if not, it is a step."""
    document = draft.view.machine.json(target)
    if isinstance(document.data.get("env", {}), dict):
        return True
    draft.leave(f"{document.where('env')} holds no object: correct it, and run the command again")
    return False


def _local_of(draft: Draft, path: Path) -> Path | None:
    """The local settings beside a project's; None where they are elsewhere, or can't be edited."""
    folder = path.parent.parent
    local = path.with_name("settings.local.json")
    return local if root_of(folder) in (None, folder) and draft.can_edit(local) else None


def _local(path: Path) -> Seen:
    return Seen(path, Role.SETTINGS, Scope.LOCAL)


def _counts(draft: Draft, seen: Seen) -> bool:
    """Whether these settings count where the audit was started."""
    layers = draft.view.machine.layers
    return any(layer.document.place == str(seen.path) for layer in layers if not layer.problem)


def _is_whole(draft: Draft, one: Literal) -> bool:
    value = draft.view.machine.json(one.file.path).get(*map(str, one.path))
    return bool(value == one.hit.secret.reveal())
