"""The helper itself: what it is, how it is run, and for whom its value is good."""

from __future__ import annotations

import json
from hashlib import sha256

from keyhole import Endpoint, Host, Machine, Secret, Where
from keyhole.errors import HelperError
from keyhole.frozen import field, frozen
from keyhole.program import Command, Outcome
from keyhole_api_key_helper.failure import ending, failure
from keyhole_api_key_helper.options import DEPENDS_ON, TIMEOUT
from keyhole_api_key_helper.output import parse
from keyhole_api_key_helper.value import Value

__all__ = ["Helper"]

_PROVIDER = "anthropic"
_TOO_MUCH = 64 * 1024
"""A host keeps this much of stdout, so that as much may be only the beginning."""


@frozen
class Helper:
    """A command that prints a key.

    Attributes:
        where: The setting that names it.
        line: The command line, which may hold a secret itself.
        endpoint: Which host its value is for.
        machine: The machine, whose folder and variables it runs with.
    """

    where: Where
    line: Secret
    endpoint: Endpoint
    machine: Machine = field(repr=False)

    @property
    def timeout(self) -> float:
        """How many seconds it may take."""
        seconds: float = self.machine.config.get(TIMEOUT)
        return seconds

    def run(self, host: Host) -> Value:
        """Runs it once, as Claude Code does: through a shell, in the start folder.

        Raises:
            HelperError: It failed, or what it printed is no key.
        """
        outcome = host.run(self._command(host))
        problem = ending(outcome, self.timeout) or _flood(outcome)
        if not problem:
            try:
                return parse(outcome.stdout, host.now())
            except HelperError as error:
                problem = error.problem
        raise failure(problem, outcome, self.where, self.line.reveal(), self._environ())

    def key(self) -> str:
        """A digest of everything that decides which value it prints."""
        environ = self._environ()
        names: tuple[str, ...] = self.machine.config.get(DEPENDS_ON)
        facts = [
            self.line.reveal(),
            str(self.machine.cwd),
            self.where.place,
            _PROVIDER,
            self.endpoint.url,
            {name: environ.get(name) for name in names},
        ]
        canonical = json.dumps(facts, sort_keys=True)
        return sha256(canonical.encode()).hexdigest()

    def _command(self, host: Host) -> Command:
        return Command(
            self.line.reveal(),
            cwd=self.machine.cwd,
            env=self._environ(),
            timeout=self.timeout,
            on_slow=lambda: host.tell(
                f"the apiKeyHelper of {self.where} is taking a while; it may take "
                f"{self.timeout:g} seconds"
            ),
        )

    def _environ(self) -> dict[str, str]:
        """All variables, and what the helper is asked for."""
        asked = {"KEYHOLE_PROVIDER": _PROVIDER}
        if not self.endpoint.is_default:
            asked["ANTHROPIC_BASE_URL"] = self.endpoint.url
        return {**self.machine.environment(), **asked}


def _flood(outcome: Outcome) -> str:
    return "it printed 64 KiB or more" if len(outcome.stdout) >= _TOO_MUCH else ""
