"""CLAUDE_CODE_SKIP_VERTEX_AUTH: a gateway authenticates, with another token or with none.

Claude Code then sends ANTHROPIC_AUTH_TOKEN, else what an apiKeyHelper prints, else nothing
(observed with 2.1.330).
"""

from __future__ import annotations

from keyhole import BEARER, Detail, Host, Kind, Machine, Secret, Where
from keyhole_vertex.credential import NOTHING, VertexCredential
from keyhole_vertex.deployment import Deployment
from keyhole_vertex.environ import environ
from keyhole_vertex.flaw import Flaw
from keyhole_vertex.variables import SKIP_AUTH

__all__ = ["LoadGiven", "flaws", "given"]

_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105  # the variable's name
_HELPER = "apiKeyHelper"


def given(machine: Machine) -> Detail:
    """What is sent instead of a Google token, to show."""
    where: Where | None = machine.variable(SKIP_AUTH).where
    token = machine.variable(_TOKEN)
    if token.value:
        return Detail("credentials", f"{_TOKEN}, not Google's", token.where)
    return Detail("credentials", "none: a gateway authenticates", where)


def flaws(machine: Machine) -> tuple[Flaw, ...]:
    """Why what Claude Code would send can't be sent."""
    token, helper = machine.variable(_TOKEN), machine.setting(_HELPER)
    if token.text and not (token.text.isascii() and token.text.isprintable()):
        reason = f"{token.where} holds a character that no header can hold"
        return (Flaw(reason, f"correct {token.where}"),)
    if helper.value and not token.value:
        # A helper belongs to a source of its own; run here, it would be run twice.
        reason = f"with {SKIP_AUTH} the {_HELPER} of {helper.where} would authenticate"
        return (Flaw(reason, f"export {_TOKEN} instead, or unset {SKIP_AUTH}"),)
    return ()


class LoadGiven:
    """Returns what stands in the variable, or a credential that sends nothing.

    Args:
        machine: The machine.
        deployment: Where requests go.
    """

    def __init__(self, machine: Machine, deployment: Deployment) -> None:
        self._machine = machine
        self._deployment = deployment

    @property
    def kind(self) -> Kind:
        """What is sent."""
        return BEARER if self._machine.variable(_TOKEN).value else NOTHING

    def __call__(self, host: Host, rejected: Secret | None) -> VertexCredential:  # noqa: ARG002
        project = self._deployment.project.value if self._deployment.project else ""
        return VertexCredential(
            kind=self.kind,
            secret=self._machine.variable(_TOKEN).value or Secret(""),
            endpoint=self._deployment.endpoint.url,
            project=project,
            region=self._deployment.region.value,
            environ=environ(self._machine, self._deployment, project),
        )
