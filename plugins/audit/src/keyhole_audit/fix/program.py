"""How a file that is changed calls `keyhole`: so that what reads the file finds it."""

from __future__ import annotations

from pathlib import Path

from keyhole.installed import reached, way_onto_path
from keyhole_audit.fix.draft import Draft
from keyhole_audit.literal import masked

__all__ = ["KEYHOLE", "called"]

KEYHOLE = "keyhole"


def called(draft: Draft, path: Path, *, shared: bool) -> str | None:
    """The program as a file names it, not quoted; None where that would not work.

    The reason is left to the user then. A file that others get names it without its folder, which
    is this machine's own: and only where that works on this machine, too.

    Args:
        draft: The plan.
        path: The file.
        shared: Whether others get it.
    """
    machine = draft.view.machine
    found = reached(machine, KEYHOLE)
    if found == KEYHOLE or (found and not shared):
        return found
    why = "is shared, so that it can call keyhole by its name alone" if found else "calls keyhole"
    draft.leave(
        f"{masked(str(path))} stays: it {why}, and PATH does not lead to this keyhole; "
        f"{way_onto_path(machine, KEYHOLE)}, and run the command again"
    )
    return None
