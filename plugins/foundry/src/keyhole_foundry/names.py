"""The names by which a user says which Entra credential it is to be.

They are those of `AZURE_TOKEN_CREDENTIALS`, in upper or lower case, as azure-identity takes them: https://aka.ms/azsdk/python/identity/credential-chains
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "AUTOMATIC",
    "DEV",
    "ENVIRONMENT",
    "MANAGED",
    "NAMES",
    "PARTS",
    "PROD",
    "REMEDIES",
    "WORKLOAD",
    "known",
]

AUTOMATIC = "DefaultAzureCredential"
DEV = "dev"
PROD = "prod"
ENVIRONMENT = "EnvironmentCredential"
WORKLOAD = "WorkloadIdentityCredential"
MANAGED = "ManagedIdentityCredential"

PARTS: Mapping[str, frozenset[str]] = {
    DEV: frozenset(
        {
            "shared_token_cache",
            "visual_studio_code",
            "cli",
            "powershell",
            "developer_cli",
            "broker",
        }
    ),
    "AzureCliCredential": frozenset({"cli"}),
    "AzureDeveloperCliCredential": frozenset({"developer_cli"}),
    "AzurePowerShellCredential": frozenset({"powershell"}),
    "InteractiveBrowserCredential": frozenset({"interactive_browser"}),
    "VisualStudioCodeCredential": frozenset({"visual_studio_code"}),
}
"""A person's sign-ins, with the links of DefaultAzureCredential's chain that make each up."""

NAMES = (DEV, PROD, ENVIRONMENT, WORKLOAD, MANAGED, *sorted(PARTS.keys() - {DEV}))
"""Every name that may be given."""

REMEDIES: Mapping[str, str] = {
    AUTOMATIC: "`az login`, or set ANTHROPIC_FOUNDRY_API_KEY",
    DEV: "`az login`",
    PROD: f"give this machine an identity, and name {MANAGED} if its server is slow to answer",
    ENVIRONMENT: "`az ad sp credential reset --id` the application's id, "
    "and set what it prints as AZURE_CLIENT_SECRET",
    WORKLOAD: "`az identity federated-credential list` shows whether this subject is federated",
    MANAGED: "`az vm identity assign` (or the same of what this runs on) gives it an identity",
    "AzureCliCredential": "`az login`",
    "AzureDeveloperCliCredential": "`azd auth login`",
    "AzurePowerShellCredential": "`Connect-AzAccount` in PowerShell",
    "InteractiveBrowserCredential": "sign in in the browser that opens, or use `az login` and "
    "AzureCliCredential",
    "VisualStudioCodeCredential": "sign in to Azure in Visual Studio Code, and "
    "`pip install azure-identity-broker`",
}
"""The vendor's own next step where a credential gives no token."""


def known(name: str) -> str:
    """A name in its own spelling; empty where there is none such."""
    return next((own for own in NAMES if own.lower() == name.strip().lower()), "")
