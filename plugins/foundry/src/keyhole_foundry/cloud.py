"""Which of Microsoft's clouds tokens come from, and what they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from keyhole import Detail, Machine, Where
from keyhole.endpoint import problem_of
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole_foundry.options import SCOPE

__all__ = ["Cloud", "cloud"]

AUTHORITY = "AZURE_AUTHORITY_HOST"
PUBLIC = "login.microsoftonline.com"

# The public scope is the one of the SDK's own examples; a Foundry resource is a Cognitive Services
# account, whose audiences in the other clouds are documented:
# https://learn.microsoft.com/azure/ai-services/authentication
SCOPES: Mapping[str, str] = {
    PUBLIC: "https://ai.azure.com/.default",
    "login.microsoftonline.us": "https://cognitiveservices.azure.us/.default",
    "login.chinacloudapi.cn": "https://cognitiveservices.azure.cn/.default",
}


@frozen
class Cloud:
    """Where tokens come from.

    Attributes:
        authority: The host of Entra ID as a URL.
        scope: What a token is asked for.
        details: What to show of it.
        flaws: What is wrong.
    """

    authority: str
    scope: str
    details: tuple[Detail, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it is one of Microsoft's own clouds."""
        return urlsplit(self.authority).hostname in SCOPES


def cloud(machine: Machine) -> Cloud:
    """The cloud that `AZURE_AUTHORITY_HOST` names, with its scope or the configured one."""
    variable = machine.variable(AUTHORITY)
    authority = _url(variable.text) if variable.text else f"https://{PUBLIC}"
    problem = _problem(authority)
    if problem:
        flaw = Flaw(f"{variable.where}: {problem}", f"correct {AUTHORITY}, or unset it")
        return Cloud("", "", flaws=(flaw,))
    scope, where = _scope(machine, authority, variable.where)
    details = [Detail("scope", scope, where)]
    if variable.where and variable.text:
        details.insert(0, Detail("authority", authority, variable.where))
    return Cloud(authority, scope, tuple(details))


def _scope(machine: Machine, authority: str, where: Where | None) -> tuple[str, Where | None]:
    own = machine.config.get(SCOPE)
    if own:
        return own, Where(machine.config.entries[SCOPE.key].spot, SCOPE.key)
    host = urlsplit(authority).hostname or ""
    return SCOPES.get(host, SCOPES[PUBLIC]), where


def _url(text: str) -> str:
    """As azure-identity reads it: a host alone is one that is spoken to over https."""
    return (text if "://" in text else f"https://{text}").rstrip("/")


def _problem(url: str) -> str:
    return problem_of(url) or ("" if url.startswith("https://") else "it is not an https URL")
