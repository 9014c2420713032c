"""What to say where no credential can be used: what is there and ignored, else a first step."""

from __future__ import annotations

from keyhole.frozen import frozen
from keyhole.source import Ignored
from keyhole.walk import Survey
from keyhole.where import Where

__all__ = ["Lack", "lack"]


@frozen
class Lack:
    """Why nothing wins.

    Attributes:
        problem: One sentence, as errors have it.
        remedy: The next step.
        where: The place of what is ignored; None where nothing is configured.
    """

    problem: str
    remedy: str
    where: Where | None = None


def lack(survey: Survey) -> Lack:
    """Why a survey has no winner; of several ignored sources the first in the order is named."""
    said = [(verdict.source.name, verdict.finding) for verdict in survey.resolution.verdicts]
    ignored = [(name, finding) for name, finding in said if isinstance(finding, Ignored)]
    if not ignored:
        return Lack("no credential is configured on this machine", _first_step(survey))
    (name, finding), *more = ignored
    rest = f" ({len(more)} more {'are' if more[1:] else 'is'} ignored, too)" if more else ""
    problem = f"no credential can be used: {name} is there, and ignored: {finding.reason}{rest}"
    return Lack(problem, finding.remedy, finding.where)


def _first_step(survey: Survey) -> str:
    key = "export ANTHROPIC_API_KEY"
    commands = {registered.item.name for registered in survey.plugins.commands}
    # A login is not read in bare mode.
    if survey.machine.bare or "login" not in commands:
        return key
    return f"{key}; or, for a subscription, `keyhole login`"
