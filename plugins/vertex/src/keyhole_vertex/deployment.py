"""Which project, which region, and therefore which host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyhole import Detail, Endpoint, Machine, Where
from keyhole.endpoint import named
from keyhole.frozen import frozen
from keyhole_vertex.adc import Adc
from keyhole_vertex.flaw import Flaw
from keyhole_vertex.variables import BASE_URL, PROJECT

__all__ = ["PROJECTS", "QUOTA_PROJECT", "REGION", "Deployment"]

PROJECTS = ("GCLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT")
"""What Google's libraries read, which Claude Code prefers to its own variable."""

REGION = "CLOUD_ML_REGION"
QUOTA_PROJECT = "GOOGLE_CLOUD_QUOTA_PROJECT"

_DEFAULT_REGION = "us-east5"
_MODEL_REGION = "VERTEX_REGION_"
_MULTI_REGIONS = ("us", "eu")


@frozen
class Deployment:
    """Where requests go and who is billed, as Claude Code and the SDK understand it.

    Attributes:
        project: The project; None where only loading can tell.
        region: The region.
        models: The regions of single models.
        quota: The project that quota is counted for; None for the credentials' own.
        endpoint: The base URL, with its version.
        flaws: Why nothing can be sent.
    """

    project: Detail | None
    region: Detail
    models: tuple[Detail, ...]
    quota: Detail | None
    endpoint: Endpoint
    flaws: tuple[Flaw, ...]

    @classmethod
    def of(cls, machine: Machine, adc: Adc | None) -> Deployment:
        """Looks at the variables and at the credentials file.

        Args:
            machine: The machine.
            adc: The credentials; None where none are used.
        """
        region = machine.variable(REGION)
        name = region.text or _DEFAULT_REGION
        endpoint = named(machine, BASE_URL, _url(name))
        project = _project(machine, adc)
        metadata = adc is not None and adc.on_metadata_server
        return cls(
            project=project,
            region=Detail("region", name, region.where if region.text else None),
            models=tuple(_model_regions(machine)),
            quota=_quota(machine, adc),
            endpoint=endpoint,
            flaws=tuple(_flaws(name, region.where, endpoint, missing=not project and not metadata)),
        )

    @property
    def details(self) -> Iterator[Detail]:
        """The facts to show."""
        yield from filter(None, (self.project, self.region, *self.models, self.quota))


def _url(region: str) -> str:
    """The host of a region, as the SDK has it (anthropic 2.12, `lib/vertex/_client.py`)."""
    if region == "global":
        return "https://aiplatform.googleapis.com/v1"
    if region in _MULTI_REGIONS:
        return f"https://aiplatform.{region}.rep.googleapis.com/v1"
    return f"https://{region}-aiplatform.googleapis.com/v1"


def _flaws(
    region: str, where: Where | None, endpoint: Endpoint, *, missing: bool
) -> Iterator[Flaw]:
    if missing:
        yield Flaw(f"no project is set ({PROJECT})", f"export {PROJECT}=your-project")
    if not re.fullmatch("[a-z0-9-]+", region):
        # It becomes part of a host name, so that a slash in it would choose another host.
        yield Flaw(f"{where} is no region", f"correct {where}: for example {_DEFAULT_REGION}")
    if endpoint.problem:
        remedy = f"correct {endpoint.where}, or remove it to use Google's own host"
        yield Flaw(endpoint.refusal, remedy)


def _project(machine: Machine, adc: Adc | None) -> Detail | None:
    for name in PROJECTS:
        variable = machine.variable(name)
        if variable.text:
            return Detail("project", variable.text, variable.where)
    return _in_file("project", adc, "project_id") or _in_variable("project", machine, PROJECT)


def _quota(machine: Machine, adc: Adc | None) -> Detail | None:
    if adc is None:
        return None
    name = "quota project"
    return _in_variable(name, machine, QUOTA_PROJECT) or _in_file(name, adc, "quota_project_id")


def _in_variable(name: str, machine: Machine, variable: str) -> Detail | None:
    found = machine.variable(variable)
    return Detail(name, found.text, found.where) if found.text else None


def _in_file(name: str, adc: Adc | None, key: str) -> Detail | None:
    value = adc.document.get(key) if adc else None
    if adc is None or not isinstance(value, str) or not value:
        return None
    return Detail(name, value, adc.document.where(key))


def _model_regions(machine: Machine) -> Iterator[Detail]:
    for name in sorted(machine.environment()):
        variable = machine.variable(name) if name.startswith(_MODEL_REGION) else None
        if variable and variable.text:
            model = name.removeprefix(_MODEL_REGION).lower().replace("_", "-")
            yield Detail(f"region of {model}", variable.text, variable.where)
