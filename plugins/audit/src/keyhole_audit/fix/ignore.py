"""Files that git tracks, or that the next `git add` would take, become one person's own."""

from __future__ import annotations

from keyhole import Seen
from keyhole_audit.fix.draft import Draft
from keyhole_audit.literal import masked
from keyhole_audit.repository import root_of
from keyhole_audit.role import is_for_all

__all__ = ["OTHERS", "ignored"]

OTHERS = 0o077
"""What a file's mode lets everybody else do with it."""


def ignored(draft: Draft, seen: Seen) -> bool:
    """Plans that git ignores a file and no longer tracks it, and that nobody else can read it.

    False for what is meant to be shared, which stays as it is, and where .gitignore can't be read:
    then its line is left to the user.

    Args:
        draft: The plan.
        seen: The file; it may not be there yet.
    """
    known = next((one for one in draft.view.files if one.path == seen.path), seen)
    root = root_of(seen.path.parent)
    if is_for_all(seen.path):
        return False
    if known.mode is not None and known.mode & OTHERS:
        draft.modes[known.path] = known.mode & ~OTHERS
    if root is None or known.ignored:
        return True
    if known.tracked:
        draft.untracked[known.path] = root
    name = seen.path.relative_to(root).as_posix()
    escaped = "".join(f"\\{one}" if one in "*?[\\! #" else one for one in name)
    file = root / ".gitignore"
    if problem := draft.view.machine.text(file).problem:
        draft.leave(
            f"the file {masked(str(file))} {problem}: add the line /{masked(escaped)} to it"
        )
        return False
    text = draft.text(file, empty="")
    if f"/{escaped}" not in text.splitlines():
        gap = "" if text.endswith("\n") or not text else "\n"
        draft.texts[file] = f"{text}{gap}/{escaped}\n"
    return True
