"""Where Foundry is: a resource's own host, or a base URL.

Claude Code and the SDK refuse both together as "mutually exclusive", and neither too.
https://code.claude.com/docs/en/microsoft-foundry
"""

from __future__ import annotations

import re

from keyhole import Detail, Endpoint, Machine
from keyhole.endpoint import named
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole.source import passed_over
from keyhole_foundry.variables import BASE_URL, RESOURCE

__all__ = ["Place", "place"]

# The name becomes a part of a host: nothing that could end it, or begin another, may stand in it.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@frozen
class Place:
    """The endpoint, or why there is none.

    Attributes:
        endpoint: The base URL and who set it; empty where there is a flaw.
        details: What to show of it.
        flaws: What is wrong.
        warnings: Sentences for the user.
    """

    endpoint: Endpoint
    details: tuple[Detail, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    warnings: tuple[str, ...] = ()


def place(machine: Machine) -> Place:
    """Where requests go."""
    resource, base_url = machine.variable(RESOURCE), machine.variable(BASE_URL)
    warnings = passed_over(resource, base_url)
    if resource.value and base_url.value:
        reason = f"{resource.where} and {base_url.where} exclude each other"
        return _nowhere(Flaw(reason, f"unset {RESOURCE} or {BASE_URL}"), warnings)
    if resource.value:
        return _of_resource(machine, warnings)
    if base_url.value:
        return _of_url(machine, warnings)
    reason = f"neither {RESOURCE} nor {BASE_URL} is set"
    return _nowhere(Flaw(reason, f"export {RESOURCE}=<the resource's name in Azure>"), warnings)


def _of_resource(machine: Machine, warnings: tuple[str, ...]) -> Place:
    resource = machine.variable(RESOURCE)
    if not _NAME.fullmatch(resource.text):
        remedy = f"set {RESOURCE} to the name alone, or {BASE_URL} to the whole URL"
        return _nowhere(Flaw(f"{resource.where} is no resource's name", remedy), warnings)
    url = f"https://{resource.text}.services.ai.azure.com/anthropic/"
    shown = Detail("resource", resource.text, resource.where)
    return Place(Endpoint(url, resource.where), (shown,), warnings=warnings)


def _of_url(machine: Machine, warnings: tuple[str, ...]) -> Place:
    endpoint = named(machine, BASE_URL, "")
    if endpoint.problem:
        reason = f"nothing can be sent to {endpoint.where}: {endpoint.problem}"
        return _nowhere(Flaw(reason, f"correct {BASE_URL}, or set {RESOURCE} instead"), warnings)
    return Place(endpoint, warnings=(*warnings, *endpoint.warnings("the credential")))


def _nowhere(flaw: Flaw, warnings: tuple[str, ...]) -> Place:
    return Place(Endpoint(""), flaws=(flaw,), warnings=warnings)
