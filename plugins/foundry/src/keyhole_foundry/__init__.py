"""Claude in Microsoft Foundry: an auth token, an API key, or Entra ID through azure-identity."""

from __future__ import annotations

from keyhole import CredentialSource, Option, hookimpl

__all__ = ["keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`foundry`."""
    from keyhole_foundry.source import Foundry

    return [Foundry()]


@hookimpl
def keyhole_options() -> list[Option]:
    """`[foundry] credential` and `[foundry] scope`."""
    from keyhole_foundry.options import CREDENTIAL, SCOPE

    return [CREDENTIAL, SCOPE]
