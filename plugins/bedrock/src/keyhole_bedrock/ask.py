"""Asking the AWS chain, by running `chain.py`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from keyhole import Host, KeyholeError, Machine
from keyhole.errors import BrokenCredentialError, NetworkError
from keyhole.frozen import frozen
from keyhole.program import Command, Outcome
from keyhole.redaction import redact
from keyhole_bedrock import chain, hidden
from keyhole_bedrock.chosen import Chosen
from keyhole_bedrock.keys import Keys, parse
from keyhole_bedrock.mechanism import Mechanism

__all__ = ["Chain"]

_METADATA_BOUND = 2
"""Seconds for the instance's metadata service in all, where nothing else is configured."""

_TIMEOUT = 180.0
"""Seconds for all else: a credential_process may open a browser."""

_UNREACHED = frozenset({"HTTPClientError", "ConnectionError"})
_LONGEST = 400


@frozen
class Chain:
    """botocore's chain, with what is known of this machine.

    Attributes:
        machine: The machine, whose variables botocore gets.
        region: The region of the token services.
        chosen: The profile that was named.
        origin: What the chain is expected to use.
    """

    machine: Machine
    region: str
    chosen: Chosen | None
    origin: Mechanism

    def keys(self, host: Host) -> Keys:
        """The credential that the chain finds now.

        Raises:
            BrokenCredentialError: It finds none, or can't get it; with that way's next step.
            NetworkError: A service can't be reached.
        """
        outcome = host.run(self._command(host))
        keys = parse(outcome.stdout)
        if isinstance(keys, Keys):
            return keys
        raise self._failure(outcome)

    def _command(self, host: Host) -> Command:
        if not sys.executable:
            raise BrokenCredentialError(
                "there is no Python interpreter to ask the AWS chain with",
                remedy="set awsCredentialExport in Claude Code's settings",
            )
        profile = self.chosen.name if self.chosen else ""
        patience = _METADATA_BOUND if self._nothing_configured else 0
        # -P: the folder of chain.py, or of a stranger's project, is no place to import from.
        words = [sys.executable, "-P", str(Path(chain.__file__)), profile, str(patience)]
        return Command(
            shlex.join(words),
            cwd=self.machine.cwd,
            env=self.environment(),
            timeout=_TIMEOUT,
            on_slow=lambda: host.tell(f"the AWS credential ({self.origin.name}) takes a while"),
        )

    def environment(self) -> dict[str, str]:
        """The variables for botocore; a profile that is named goes in the argument."""
        environ = self.machine.environment()
        environ.pop("AWS_DEFAULT_PROFILE", None)
        if self.chosen is None:
            environ.pop("AWS_PROFILE", None)
        environ["AWS_DEFAULT_REGION"] = self.region
        if not self.origin.metadata:
            # What is configured and fails is an error, and no reason to use the instance's role.
            environ["AWS_EC2_METADATA_DISABLED"] = "true"
        return environ

    @property
    def _nothing_configured(self) -> bool:
        return self.origin.metadata and self.origin.where is None

    def _failure(self, outcome: Outcome) -> KeyholeError:
        names, message = _complaint(outcome)
        said = redact(message, *hidden.of_variables(self.environment()))[:_LONGEST]
        where = str(self.origin.where or "AWS")
        if _UNREACHED.intersection(names) and not self._nothing_configured:
            return NetworkError(
                f"the {self.origin.name} can't be reached: {said}",
                where=where,
                remedy="check the network and the proxy",
            )
        problem = f"no AWS credential from {self.origin.name}: {said}"
        return BrokenCredentialError(problem, where=where, remedy=self.origin.remedy)


def _complaint(outcome: Outcome) -> tuple[list[str], str]:
    """What botocore raised: the names of its classes, and its text."""
    if outcome.code is None:
        return [], f"it did not end within {_TIMEOUT:g} seconds"
    try:
        said: Any = json.loads(outcome.stdout)
        return [str(name) for name in said["Error"]], " ".join(str(said["Message"]).split())
    except (ValueError, TypeError, KeyError):
        # What botocore could not say itself stands in the last line of a traceback.
        last = outcome.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return [], f"the chain ended with exit status {outcome.code}: {last}"
