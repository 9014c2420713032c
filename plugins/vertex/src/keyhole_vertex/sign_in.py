"""gcpAuthRefresh: the command in Claude Code's settings that signs in anew."""

from __future__ import annotations

from keyhole import Host, Machine, Secret, Where
from keyhole.errors import HelperError
from keyhole.frozen import field, frozen
from keyhole.program import Command
from keyhole.redaction import redact

__all__ = ["SETTING", "SignIn"]

SETTING = "gcpAuthRefresh"
_SECONDS = 180.0
"""Claude Code's own limit (https://code.claude.com/docs/en/google-vertex-ai)."""


@frozen
class SignIn:
    """The command.

    Attributes:
        where: The setting that names it.
        line: The command line.
        machine: The machine, whose folder and variables it runs with.
    """

    where: Where
    line: Secret
    machine: Machine = field(repr=False)

    @classmethod
    def of(cls, machine: Machine) -> SignIn | None:
        """What the settings name; None where they name nothing that counts."""
        setting = machine.setting(SETTING)
        if setting.value is None or setting.where is None:
            return None
        return cls(setting.where, setting.value, machine)

    def run(self, host: Host) -> None:
        """Runs it, and says so: it may open a browser and wait for a person.

        Raises:
            HelperError: It failed.
        """
        host.tell(f"signing in to Google again with {SETTING} ({self.where})")
        outcome = host.run(
            Command(
                self.line.reveal(),
                cwd=self.machine.cwd,
                env=self.machine.environment(),
                timeout=_SECONDS,
            )
        )
        if outcome.code == 0:
            return
        ended = "took more than 3 minutes" if outcome.code is None else f"ended with {outcome.code}"
        lines = outcome.stderr.decode("utf-8", "replace").split("\n")
        said = redact(next((line for line in reversed(lines) if line.strip()), "").strip())[:300]
        raise HelperError(
            f"{SETTING} {ended}" + (f": {said}" if said else ""),
            where=str(self.where),
            remedy="run that command in a terminal, or `gcloud auth application-default login`",
        )
