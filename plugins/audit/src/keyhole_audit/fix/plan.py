"""What `--fix` does about each code."""

from __future__ import annotations

from collections.abc import Iterable

from keyhole import Secret, Seen, View, Where
from keyhole_audit.fix import servers, settings
from keyhole_audit.fix.draft import Draft
from keyhole_audit.fix.ignore import OTHERS, ignored
from keyhole_audit.fix.json_list import without
from keyhole_audit.flagged import Flagged
from keyhole_audit.literal import Literal
from keyhole_audit.literals import Literals

__all__ = ["plan"]

_ROTATE = (
    "Others may have these secrets: rotate each at whoever issued it.",
    "Git keeps old versions of the files. `git filter-repo --replace-text` rewrites them, which "
    "everyone with a clone must follow; it replaces no rotation.",
)
_OTHERS_WRITE = 0o002


def plan(view: View, flagged: Iterable[Flagged]) -> tuple[Draft, list[Secret]]:
    """What can be done about notices without anybody's decision.

    Args:
        view: What was looked at.
        flagged: The notices; what was excepted is left alone.

    Returns:
        The plan, and every secret that is known in these files, so that none shows.
    """
    draft = Draft(view)
    literals = Literals().of(view)
    places = {(one.check.code, one.notice.where) for one in flagged}
    codes = {code for code, _ in places}

    def of(*wanted: str) -> list[Literal]:
        return [one for one in literals if any((code, one.where) in places for code in wanted)]

    def editable(*wanted: str) -> list[Literal]:
        return [one for one in of(*wanted) if draft.can_edit(one.file.path)]

    settings.move(draft, editable("KH101", "KH102"))
    servers.move(draft, editable("KH501", "KH502"))
    _remove_rules(draft, editable("KH103"))
    for one in of("KH105"):
        ignored(draft, one.file)
    for seen in view.files:
        wanted = {code for code in codes if _is_about(places, code, seen)}
        _tighten(draft, seen, wanted)
        if "KH404" in wanted:
            ignored(draft, seen)
    changed = draft.texts.keys() | draft.untracked.keys()
    if any(one.file.shared and one.file.path in changed for one in literals):
        draft.steps += _ROTATE
    return draft, [one.hit.secret for one in literals]


def _remove_rules(draft: Draft, rules: list[Literal]) -> None:
    # What a rule forbids, or asks about, stays so: only what is allowed without a question goes.
    paths = {(one.file.path, one.path) for one in rules if one.path[1] == "allow"}
    # From the end, so that the positions of those before stay right.
    for file, path in sorted(paths, key=lambda one: str(one[1][-1]).zfill(9), reverse=True):
        draft.texts[file] = without(draft.text(file), path)


def _is_about(places: Iterable[tuple[str, Where]], code: str, seen: Seen) -> bool:
    return any(code == other and where.place == str(seen.path) for other, where in places)


def _tighten(draft: Draft, seen: Seen, codes: set[str]) -> None:
    if seen.mode is None or not codes & {"KH401", "KH402"}:
        return
    taken = OTHERS if "KH402" in codes else _OTHERS_WRITE
    draft.modes[seen.path] = seen.mode & ~taken
