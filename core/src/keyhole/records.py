"""What a person decided (to trust a folder, to approve a key): one small file for each decision.

One file each, so that two processes that decide at once never overwrite one another, and so that
no lock is needed. They hold digests and dates, never a secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keyhole.files import Files
    from keyhole.host import Host

__all__ = ["Records"]


class Records:
    """The decisions of one kind.

    Args:
        state: keyhole's state folder.
        kind: The name of the folder below it: "trust", "approvals".
    """

    def __init__(self, state: Path, kind: str) -> None:
        self._folder = state / kind

    def path(self, about: str) -> Path:
        """The file of the decision about something (a folder's path, a key's digest)."""
        # Hashing brings OpenSSL with it.
        from hashlib import sha256

        return self._folder / f"{sha256(about.encode('utf-8', 'surrogatepass')).hexdigest()}.json"

    def paths(self, files: Files) -> tuple[Path, ...]:
        """The files of all decisions."""
        names = files.names(self._folder)
        return tuple(self._folder / name for name in names if name.endswith(".json"))

    def write(self, host: Host, about: str, decision: dict[str, Any]) -> None:
        """Keeps a decision, over an older one.

        Raises:
            RecordError: It can't be written.
        """
        import json

        host.write(self.path(about), json.dumps(decision, indent=1) + "\n")

    def remove(self, host: Host, about: str) -> bool:
        """Forgets a decision; False if there was none.

        Raises:
            RecordError: The file can't be removed.
        """
        return host.remove(self.path(about))
