"""The commands that take a fix back, whole, for whoever wants that later."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from keyhole import Host, Machine
from keyhole.backups import TAKE_BACK, beside
from keyhole.errors import RecordError
from keyhole.installed import reached
from keyhole_audit.fix.apply import Done
from keyhole_audit.fix.program import KEYHOLE
from keyhole_audit.repository import is_committed

__all__ = ["kept", "ways_back"]


def ways_back(done: Done, machine: Machine) -> list[str]:
    """The commands, for the shell of this system; to be asked before git forgets anything.

    Args:
        done: What was done.
        machine: Where PATH comes from.
    """
    return [_line(machine, words) for words in _commands(done, machine)]


def kept(lines: Sequence[str], machine: Machine, host: Host) -> Path | None:
    """Keeps the commands beside the copies, for `sh`.

    Returns:
        Where; None on a system without `sh`, and where they can't be written: they are shown, too.
    """
    if machine.platform == "win32":
        return None
    text = "\n".join(["set -e", *lines, ""])
    try:
        digest = sha256(text.encode("utf-8")).hexdigest()[:8]
        path = beside(machine, host, f"{digest}-{TAKE_BACK}")
        host.write(path, text)
    except (UnicodeEncodeError, RecordError):
        return None
    return path


def _commands(done: Done, machine: Machine) -> Iterator[Sequence[str]]:
    windows = machine.platform == "win32"
    for path, copy in done.copies.items():
        yield [*(["copy", "/Y"] if windows else ["cp"]), str(copy), str(path)]
    for path, mode in done.modes.items():
        if mode is None:
            yield [*(["del"] if windows else ["rm", "-f"]), str(path)]
        elif path in done.draft.modes and not windows:
            yield ["chmod", f"{mode:04o}", str(path)]
    for path, root in done.draft.untracked.items():
        name = f":(literal){path.relative_to(root).as_posix()}"
        committed = is_committed(machine, done.host, root, path)
        what = ["reset", "--quiet"] if committed else ["add", "--force"]
        yield ["git", "-C", str(root), *what, "--", name]
    # At last: what was put back holds the secrets again.
    for name in done.added:
        yield [reached(machine, KEYHOLE) or KEYHOLE, "secret", "rm", name]


def _line(machine: Machine, words: Sequence[str]) -> str:
    return subprocess.list2cmdline(words) if machine.platform == "win32" else shlex.join(words)
