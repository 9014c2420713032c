"""A survey as the JSON document that `docs/reference/status.schema.json` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyhole import policy
from keyhole.forced import forced
from keyhole.plugins import Problem
from keyhole.resolver import Resolution, Verdict
from keyhole.source import Absent, Broken, Detail, Finding, Found, Ignored
from keyhole.walk import Survey

if TYPE_CHECKING:
    from keyhole.verify import Verification

__all__ = ["document", "exit_code", "problem_of_plugin", "state", "unexpected"]


def document(survey: Survey, verification: Verification | None = None) -> dict[str, Any]:
    """Everything that `status` says, in words and numbers; never a secret."""
    resolution = survey.resolution
    return {
        "active": _active(resolution.active),
        "unexpected": unexpected(survey) or None,
        "verified": _verified(verification),
        "sources": [_source(resolution, verdict) for verdict in resolution.verdicts],
        "warnings": list(survey.warnings),
        "plugin_problems": [problem_of_plugin(problem) for problem in survey.plugins.problems],
        "order": survey.order,
        "claude_code": dict(resolution.claude_code),
    }


def state(resolution: Resolution, verdict: Verdict) -> str:
    """A source's place in the answer: active, shadowed, ignored, broken or absent."""
    if verdict is resolution.active:
        return "active"
    match verdict.finding:
        case Found():
            return "shadowed"
        case Broken():
            return "broken"
        case Ignored():
            return "ignored"
        case Absent():
            return "absent"


def unexpected(survey: Survey) -> str:
    """How the winner differs from what user or administrator ask for; empty if it doesn't."""
    active = survey.resolution.active
    return policy.unexpected(survey.machine.config, active) or forced(survey.machine, active)


def exit_code(survey: Survey, verification: Verification | None = None) -> int:
    """0 for a credential that is not known to be unusable, 3 none, 4 unusable, 5 unexpected."""
    active = survey.resolution.active
    if active is None:
        return 3
    if unexpected(survey):
        return 5
    if verification and verification.usable is False:
        return 4
    return 0 if isinstance(active.finding, Found) and active.finding.usable is not False else 4


def _active(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    finding = verdict.finding
    found = finding if isinstance(finding, Found) else None
    kind = found.kind if found else None
    endpoint = found.endpoint if found else None
    return {
        "source": verdict.source.name,
        "kind": kind.name if kind else None,
        "where": _text(finding.where),
        "headers": list(kind.headers) if kind else None,
        "endpoint": endpoint.url if endpoint else None,
        "endpoint_where": _text(endpoint.where) if endpoint else None,
        "expires_at": found.expires_at if found else None,
        "usable": found.usable if found else False,
        "problem": _problem_of(finding),
        "remedy": _remedy(finding),
        "billing": verdict.source.billing,
        "details": [_detail(detail) for detail in _details(finding)],
    }


def _verified(verification: Verification | None) -> dict[str, Any] | None:
    if verification is None:
        return None
    return {"usable": verification.usable, "said": verification.said}


def _source(resolution: Resolution, verdict: Verdict) -> dict[str, Any]:
    finding = verdict.finding
    return {
        "source": verdict.source.name,
        "priority": verdict.priority,
        "distribution": verdict.distribution,
        "state": state(resolution, verdict),
        "where": _text(finding.where),
        "reason": _reason(finding),
        "remedy": _remedy(finding),
        "billing": verdict.source.billing,
    }


def _reason(finding: Finding) -> str | None:
    return (finding.problem or None) if isinstance(finding, Found) else finding.reason


def _remedy(finding: Finding) -> str | None:
    return finding.remedy if isinstance(finding, Broken | Ignored) else None


def _problem_of(finding: Finding) -> str | None:
    if isinstance(finding, Broken):
        return finding.reason
    return finding.problem or None if isinstance(finding, Found) else None


def problem_of_plugin(problem: Problem) -> dict[str, str | None]:
    """What is wrong with a plugin, as every document has it."""
    return {
        "distribution": problem.distribution,
        "plugin": problem.plugin or None,
        "problem": problem.problem,
        "remedy": problem.remedy,
    }


def _detail(detail: Detail) -> dict[str, str | None]:
    return {"name": detail.name, "value": detail.value, "where": _text(detail.where)}


def _details(finding: Finding) -> tuple[Detail, ...]:
    return finding.details if isinstance(finding, Found | Broken) else ()


def _text(thing: object) -> str | None:
    return None if thing is None else str(thing)
