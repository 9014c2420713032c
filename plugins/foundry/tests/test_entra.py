"""Every kind of Entra identity that runs on loopback, with Microsoft's own library."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from keyhole import Found, Machine
from keyhole.credential import Credential
from keyhole.testing import FakeHost
from keyhole_foundry.source import Foundry

TENANT = "11111111-1111-1111-1111-111111111111"
PRINCIPAL = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": "fake-client"}
SECRET = {**PRINCIPAL, "AZURE_CLIENT_SECRET": "fake-secret"}
Build = Callable[..., Machine]


def _load(machine: Machine) -> Credential:
    finding = Foundry().find(machine)
    assert isinstance(finding, Found), finding
    return finding.load(FakeHost(), None)


def _script(folder: Path, name: str, printed: Any) -> None:
    script = folder / name
    script.write_text(f"#!/bin/sh\necho \"$@\" > {folder}/{name}.asked\ncat <<'E'\n{printed}\nE\n")
    script.chmod(0o700)


@pytest.mark.parametrize("named", ["", "EnvironmentCredential", "prod"])
def test_a_service_principal_with_a_secret(machine: Build, entra: Any, named: str) -> None:
    """ClientSecretCredential, as EnvironmentCredential builds it, gets a token over TLS."""
    before = time.time()
    credential = _load(machine(**SECRET, AZURE_TOKEN_CREDENTIALS=named))
    assert credential.headers() == {"authorization": "Bearer fake-entra-token-1"}
    assert credential.expires_at is not None
    assert 3500 < credential.expires_at - before < 3700
    (asked,) = entra.asked
    assert asked["client_secret"] == "fake-secret"
    assert asked["scope"] == "https://ai.azure.com/.default"


def test_a_service_principal_with_a_certificate(machine: Build, entra: Any, tmp_path: Path) -> None:
    """CertificateCredential signs its assertion with the key that the variable points to."""
    certificate = tmp_path / "fake-principal.pem"
    issued = trustme.CA().issue_cert("fake.test", key_type=trustme.KeyType.RSA)
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    credential = _load(machine(**PRINCIPAL, AZURE_CLIENT_CERTIFICATE_PATH=str(certificate)))
    assert credential.secret.reveal() == "fake-entra-token-1"
    assert entra.asked[0]["client_assertion"].startswith("eyJ")


@pytest.mark.parametrize("named", ["", "WorkloadIdentityCredential", "prod"])
def test_a_workloads_identity(machine: Build, entra: Any, tmp_path: Path, named: str) -> None:
    """WorkloadIdentityCredential trades a pod's projected token, at the machine's authority."""
    token = tmp_path / "token"
    token.write_text("fake-projected-token")
    held = {**PRINCIPAL, "AZURE_FEDERATED_TOKEN_FILE": str(token)}
    assert _load(machine(**held, AZURE_TOKEN_CREDENTIALS=named)).expires_at
    assert entra.asked[0]["client_assertion"] == "fake-projected-token"


def test_variables_from_settings_count(entra: Any, foundry: Any) -> None:
    """What only an env block of the user's settings says is enough; os.environ knows none of it."""
    from keyhole.testing import fake_machine

    block = {
        **SECRET,
        "CLAUDE_CODE_USE_FOUNDRY": "1",
        "ANTHROPIC_FOUNDRY_BASE_URL": foundry.url,
        "AZURE_AUTHORITY_HOST": entra.https,
        "REQUESTS_CA_BUNDLE": str(entra.ca),
    }
    credential = _load(fake_machine(files={".claude/settings.json": {"env": block}}))
    assert credential.endpoint == foundry.url
    assert credential.secret.reveal() == "fake-entra-token-1"


def test_the_configured_scope_is_asked_for(machine: Build, entra: Any) -> None:
    """`[foundry] scope` reaches Entra ID."""
    config = '[foundry]\nscope = "https://cognitiveservices.azure.us/.default"\n'
    _load(machine(config=config, **SECRET))
    assert entra.asked[0]["scope"] == "https://cognitiveservices.azure.us/.default"


@pytest.mark.parametrize("named", ["", "AzureCliCredential", "dev"])
def test_who_is_signed_in_with_az(
    machine: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """DefaultAzureCredential and AzureCliCredential ask `az`, for this scope's resource."""
    answer = {"accessToken": "fake-az-token", "expires_on": int(time.time()) + 3600}
    _script(tmp_path, "az", json.dumps(answer))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    credential = _load(machine(AZURE_TOKEN_CREDENTIALS=named))
    assert credential.secret.reveal() == "fake-az-token"
    assert "--resource https://ai.azure.com" in (tmp_path / "az.asked").read_text()


def test_who_is_signed_in_with_azd(
    machine: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AzureDeveloperCliCredential asks `azd`, although `az` is there too."""
    _script(tmp_path, "az", '{"accessToken": "fake-az-token", "expires_on": 4000000000}')
    _script(tmp_path, "azd", '{"token": "fake-azd-token", "expiresOn": "2040-01-01T00:00:00Z"}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    held = machine(config='[foundry]\ncredential = "AzureDeveloperCliCredential"\n')
    assert _load(held).secret.reveal() == "fake-azd-token"
