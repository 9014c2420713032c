"""The variables with which a child process finds the same credentials by itself."""

from __future__ import annotations

from keyhole import Machine
from keyhole_vertex.adc import EXECUTABLES, METADATA_HOSTS, NAMED
from keyhole_vertex.deployment import PROJECTS, QUOTA_PROJECT, REGION, Deployment
from keyhole_vertex.variables import BASE_URL, FLAG, PROJECT, SKIP_AUTH

__all__ = ["environ"]

_GOOGLES_OWN = (
    NAMED,
    EXECUTABLES,
    QUOTA_PROJECT,
    "CLOUDSDK_CONFIG",
    *METADATA_HOSTS,
    *PROJECTS,
)
"""What a settings file may say and only the parent knows."""


def environ(machine: Machine, deployment: Deployment, project: str) -> dict[str, str]:
    """The switch, the project, the region, and where Google's libraries look.

    Args:
        machine: The machine.
        deployment: Where requests go.
        project: The project; empty where nobody named one.
    """
    found = {
        FLAG: "1",
        PROJECT: project,
        REGION: deployment.region.value,
        BASE_URL: "" if deployment.endpoint.is_default else deployment.endpoint.url,
        SKIP_AUTH: machine.variable(SKIP_AUTH).text,
        **{name: machine.variable(name).text for name in _GOOGLES_OWN},
    }
    return {name: text for name, text in found.items() if text}
