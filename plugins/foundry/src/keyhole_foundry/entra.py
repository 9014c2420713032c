"""A token of Entra ID, by way of azure-identity. Imported only where one is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from keyhole import Secret
from keyhole.deadline import within
from keyhole_foundry import identity as variables
from keyhole_foundry import names
from keyhole_foundry.credential import ENTRA, FoundryCredential
from keyhole_foundry.failure import failure
from keyhole_foundry.request import (
    CA_BUNDLES,
    CERTIFICATE_CHAIN,
    CERTIFICATE_PASSWORD,
    TokenRequest,
)

__all__ = ["PROBE", "credential"]

PROBE = 2.0
"""Seconds in total for finding out whether this is a machine of Azure's with an identity."""

_PATIENCE = 30

# Without a handler of its own a library's warnings go to stderr, and these repeat server's texts.
logging.getLogger("azure").addHandler(logging.NullHandler())


def credential(request: TokenRequest, endpoint: str) -> FoundryCredential:
    """A fresh token for an endpoint.

    Each call asks anew: a token that azure-identity kept in memory may be the one that was refused.

    Raises:
        KeyholeError: There is none; with the vendor's own next step.
    """
    try:
        info = _token(request)
    except (AzureError, OSError, ValueError) as error:
        raised = failure(error, request)
    else:
        return FoundryCredential(ENTRA, Secret(info.token), endpoint, float(info.expires_on))
    raise raised


def _token(request: TokenRequest) -> AccessTokenInfo:
    match request.credential:
        case names.ENVIRONMENT:
            return _asked(request, _service_principal)
        case names.WORKLOAD:
            return _asked(request, _workload)
        case names.MANAGED:
            return _asked(request, _managed)
        case names.PROD:
            return _probed(request)
        case names.AUTOMATIC:
            return _signed_in_or_probed(request)
        case _:
            return _asked(request, _sign_in)


def _asked(
    request: TokenRequest, build: Callable[[TokenRequest], Any], **options: Any
) -> AccessTokenInfo:
    with build(request, **options) as built:
        info: AccessTokenInfo = built.get_token_info(request.scope)
    return info


def _signed_in_or_probed(request: TokenRequest) -> AccessTokenInfo:
    """The vendor's chain without its probe; that comes last, and is short.

    DefaultAzureCredential probes before it looks at `az`, and takes the identity of whatever
    machine it runs on before the person's.
    """
    try:
        return _asked(request, _sign_in)
    except ClientAuthenticationError as error:
        said = error
    try:
        return _probed(request)
    except (AzureError, TimeoutError):
        raise said from None


def _probed(request: TokenRequest) -> AccessTokenInfo:
    return within(PROBE, lambda: _asked(request, _managed_at_once))


def _service_principal(request: TokenRequest) -> Any:
    """What EnvironmentCredential builds, which reads os.environ alone."""
    principal = {
        "tenant_id": request.text(variables.TENANT),
        "client_id": request.text(variables.CLIENT),
        **_entra(request),
    }
    secret = request.text(variables.SECRET)
    if secret:
        return ClientSecretCredential(client_secret=secret, **principal)
    return CertificateCredential(
        certificate_path=request.text(variables.CERTIFICATE),
        password=request.text(CERTIFICATE_PASSWORD),
        send_certificate_chain=bool(request.text(CERTIFICATE_CHAIN)),
        **principal,
    )


def _workload(request: TokenRequest) -> Any:
    return WorkloadIdentityCredential(
        tenant_id=request.text(variables.TENANT),
        client_id=request.text(variables.CLIENT),
        token_file_path=request.text(variables.TOKEN_FILE),
        **_entra(request),
    )


def _managed(request: TokenRequest) -> Any:
    # Its address comes from os.environ alone; `disagreements` has seen to it that this is the same.
    return ManagedIdentityCredential(client_id=request.text(variables.CLIENT))


def _managed_at_once(request: TokenRequest) -> Any:
    return ManagedIdentityCredential(
        client_id=request.text(variables.CLIENT),
        connection_timeout=PROBE / 2,
        read_timeout=PROBE / 2,
        retry_total=0,
    )


def _sign_in(request: TokenRequest) -> Any:
    """DefaultAzureCredential with those links alone that are wanted."""
    wanted = names.PARTS.get(request.credential, names.PARTS[names.DEV])
    tenant = request.text(variables.TENANT)
    return DefaultAzureCredential(
        **{f"exclude_{link}_credential": link not in wanted for link in _LINKS},
        authority=request.authority,
        broker_tenant_id=tenant,
        interactive_browser_tenant_id=tenant,
        shared_cache_tenant_id=tenant,
        process_timeout=_PATIENCE,
    )


_LINKS = frozenset({"environment", "workload_identity", "managed_identity"}).union(
    *names.PARTS.values()
)


def _entra(request: TokenRequest) -> dict[str, Any]:
    """How Entra ID is spoken to: what azure-identity would else take from os.environ."""
    bundle = next((path for name in CA_BUNDLES if (path := request.text(name))), None)
    return {
        "authority": request.authority,
        # A private cloud's host is validated at login.microsoft.com, which such a cloud can't
        # reach, and which has no business with it.
        "disable_instance_discovery": not request.is_known,
        "connection_timeout": _PATIENCE / 3,
        "read_timeout": _PATIENCE,
        "retry_total": 2,
        **({"connection_verify": bundle} if bundle else {}),
    }
