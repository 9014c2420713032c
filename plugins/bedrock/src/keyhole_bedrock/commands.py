"""The commands of Claude Code's settings: `awsAuthRefresh` and `awsCredentialExport`.

https://code.claude.com/docs/en/amazon-bedrock#advanced-credential-configuration
"""

from __future__ import annotations

from collections.abc import Iterator

from keyhole import Host, Machine, Secret, Where
from keyhole.errors import HelperError
from keyhole.frozen import field, frozen
from keyhole.program import Command, Outcome
from keyhole.redaction import redact
from keyhole_bedrock import hidden
from keyhole_bedrock.keys import Keys, Misprint, parse

__all__ = ["Export", "Refresh", "export", "refresh"]

_TIMEOUT = 180.0
_LINES, _WIDTH = 4, 300


@frozen
class _Setting:
    """A command that a setting names.

    Attributes:
        name: The setting.
        where: Where it is set.
        line: The command line, which may hold a secret.
        machine: The machine, whose folder and variables it runs with.
    """

    name: str
    where: Where
    line: Secret
    machine: Machine = field(repr=False)

    def _run(self, host: Host) -> Outcome:
        outcome = host.run(
            Command(
                self.line.reveal(),
                cwd=self.machine.cwd,
                env=self.machine.environment(),
                timeout=_TIMEOUT,
                on_slow=lambda: host.tell(
                    f"the {self.name} of {self.where} is still running; it may take "
                    f"{_TIMEOUT:g} seconds"
                ),
            )
        )
        if outcome.code is None:
            raise self._failure(f"it did not end within {_TIMEOUT:g} seconds", outcome)
        if outcome.code:
            raise self._failure(f"it ended with exit status {outcome.code}", outcome)
        return outcome

    def _failure(self, problem: str, outcome: Outcome) -> HelperError:
        """What it printed holds keys, so that only the end of its stderr is repeated, redacted."""
        text = redact(outcome.stderr.decode("utf-8", "replace"), *self._secrets(outcome))
        lines = [line.strip()[:_WIDTH] for line in text.splitlines() if line.strip()]
        said = f"; it said: {' / '.join(lines[-_LINES:])}" if lines else ""
        return HelperError(
            f"{self.name} failed: {problem}{said}",
            where=str(self.where),
            remedy=f"run the command by hand, and correct it or remove {self.name}",
        )

    def _secrets(self, outcome: Outcome) -> Iterator[str]:
        yield self.line.reveal()
        yield from hidden.of_line(self.line.reveal())
        yield from hidden.of_line(outcome.stdout.decode("utf-8", "replace"))
        yield from hidden.of_variables(self.machine.environment())


class Export(_Setting):
    """A command that prints keys."""

    def keys(self, host: Host) -> Keys:
        """Runs it.

        Raises:
            HelperError: It failed, or printed something else.
        """
        outcome = self._run(host)
        keys = parse(outcome.stdout)
        if isinstance(keys, Misprint):
            raise self._failure(keys.reason, outcome)
        return keys


class Refresh(_Setting):
    """A command that renews what the AWS chain reads."""

    def run(self, host: Host) -> None:
        """Runs it.

        Raises:
            HelperError: It failed.
        """
        host.tell(f"running the {self.name} of {self.where}")
        self._run(host)


def export(machine: Machine) -> Export | None:
    """The command that prints keys, if a trusted place names one."""
    setting = machine.setting("awsCredentialExport")
    if setting.value is None or setting.where is None:
        return None
    return Export(setting.name, setting.where, setting.value, machine)


def refresh(machine: Machine) -> Refresh | None:
    """The command that renews a login, if a trusted place names one."""
    setting = machine.setting("awsAuthRefresh")
    if setting.value is None or setting.where is None:
        return None
    return Refresh(setting.name, setting.where, setting.value, machine)
