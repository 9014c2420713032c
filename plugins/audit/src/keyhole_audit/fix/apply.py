"""Does what was planned, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import attrs

from keyhole import Host, Machine
from keyhole.backups import backup, check_unchanged, mode_of
from keyhole_audit.fix.draft import Draft
from keyhole_audit.keep import keep, names

__all__ = ["Done", "apply"]

_NEW = 0o600
_SHARED = 0o644


@attrs.frozen
class Done:
    """What was done, so that it can be taken back.

    Attributes:
        draft: The plan.
        host: Writes files.
        modes: The mode of each file before; None where there was no file.
        copies: Where each file is as it was.
        added: The names under which the token store has got something that it had not.
    """

    draft: Draft
    host: Host
    modes: dict[Path, int | None]
    copies: dict[Path, Path]
    added: tuple[str, ...]

    def take_back(self) -> None:
        """Puts every file back as it was; what the token store has got stays there.

        Raises:
            RecordError: A file can't be written; its backup has it.
        """
        for path, mode in self.modes.items():
            old = self.draft.old(path)
            if mode is None:
                self.host.remove(path)
            elif path in self.draft.texts and old is not None:
                self.host.write(path, old)
            if mode is not None:
                path.chmod(mode)


def apply(draft: Draft, machine: Machine, host: Host) -> Done:
    """Carries a plan out: the store first, then what refers to it, then what is taken away.

    Raises:
        RecordError: A file was changed meanwhile, or can't be written; all are as they were.
        StoreError: The store can't be used; nothing was changed.
    """
    modes = {path: mode_of(path) for path in (*draft.texts, *draft.modes)}
    for path in draft.texts:
        check_unchanged(path, draft.old(path))
    before = names(draft.view.tokens())
    for name, (secret, origin) in draft.secrets.items():
        about = f"{name}, moved by keyhole audit"
        keep(draft.view.tokens(), name, secret, about=about, origin=origin)
    copies = {
        path: backup(machine, host, path, old)
        for path in draft.texts
        if (old := draft.old(path)) is not None
    }
    added = tuple(name for name in draft.secrets if name not in before)
    done = Done(draft, host, modes, copies, added)
    try:
        _write(draft, host, modes)
    except BaseException:
        done.take_back()
        raise
    return done


def _write(draft: Draft, host: Host, modes: dict[Path, int | None]) -> None:
    for path, text in draft.texts.items():
        host.write(path, text)
        mode = modes[path]
        # A file is written for this user alone; those that others had keep their mode.
        path.chmod(mode if mode is not None else _SHARED if path.name == ".gitignore" else _NEW)
    for path, mode in draft.modes.items():
        path.chmod(mode)
