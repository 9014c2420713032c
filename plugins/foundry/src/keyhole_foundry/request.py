"""What azure-identity is told of a machine, so that it need not look for itself."""

from __future__ import annotations

import os
from collections.abc import Mapping

from keyhole import Machine, Secret
from keyhole.frozen import field, frozen
from keyhole_foundry import identity as variables
from keyhole_foundry import names
from keyhole_foundry.cloud import Cloud
from keyhole_foundry.identity import Identity

__all__ = ["TokenRequest", "disagreements", "token_request"]

CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105  # a variable's name
CERTIFICATE_CHAIN = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_TOLD = (
    variables.TENANT,
    variables.CLIENT,
    variables.SECRET,
    variables.CERTIFICATE,
    variables.TOKEN_FILE,
    CERTIFICATE_PASSWORD,
    CERTIFICATE_CHAIN,
    *CA_BUNDLES,
)

# azure-identity 1.27 and msal 1.39 take these from os.environ alone; there is no argument for any.
_MANAGED = (
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
)
_SIGN_INS = ("AZURE_CONFIG_DIR",)


@frozen
class TokenRequest:
    """One token, and everything that it takes.

    Attributes:
        credential: The name of the credential.
        scope: What the token is for.
        authority: The host of Entra ID.
        is_known: Whether that is one of Microsoft's own clouds.
        values: The variables that are set, as the machine has them.
        ambient: The variables that azure-identity reads by itself, as the machine has them.
    """

    credential: str
    scope: str
    authority: str
    is_known: bool
    values: Mapping[str, Secret] = field(repr=False)
    ambient: Mapping[str, Secret | None] = field(repr=False)

    def text(self, name: str) -> str | None:
        """A variable's text; None where it is not set."""
        value = self.values.get(name)
        return value.reveal() if value else None


def token_request(machine: Machine, cloud: Cloud, identity: Identity) -> TokenRequest:
    """What is to be asked on a machine."""
    values = {name: machine.variable(name).value for name in _TOLD}
    return TokenRequest(
        credential=identity.name,
        scope=cloud.scope,
        authority=cloud.authority,
        is_known=cloud.is_known,
        values={name: value for name, value in values.items() if value},
        ambient={name: machine.variable(name).value for name in _read_by_itself(identity.name)},
    )


def _read_by_itself(credential: str) -> tuple[str, ...]:
    if credential in (names.ENVIRONMENT, names.WORKLOAD):
        return ()
    return _SIGN_INS if credential in names.PARTS else _MANAGED


def disagreements(request: TokenRequest) -> tuple[str, ...]:
    """The variables that azure-identity would see otherwise than the settings have them."""
    return tuple(
        name
        for name, value in request.ambient.items()
        if (value.reveal() if value else "") != os.environ.get(name, "").strip()
    )
